import { useEffect, useState } from 'react';
import { announce } from '../../../lib/announcer.ts';
import { useConversation, useConversationStore } from '../conversation-context.tsx';

/** Stops the running turn. `isStopping` from then until the turn has ended. */
export function useInterrupt() {
  const store = useConversationStore();
  const canInterrupt = useConversation((state) => state.connection.state === 'live');
  const turn = useConversation((state) => state.turn);
  const [stopped, setStopped] = useState<object | undefined>();
  const interrupt = () => {
    if (store.stream?.interrupt() !== true) return;
    setStopped(turn);
    announce('Stopping Claude');
  };
  return { interrupt, isStopping: stopped !== undefined && stopped === turn, canInterrupt };
}

/** Escape stops Claude, unless it closes something that is open. */
export function useInterruptKey(isBusy: boolean): void {
  const store = useConversationStore();
  useEffect(() => {
    if (!isBusy) return;
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented || event.isComposing) return;
      if (document.querySelector('[role=dialog], [role=alertdialog], [role=menu]') !== null) return;
      if (store.stream?.interrupt() === true) announce('Stopping Claude');
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, [isBusy, store]);
}
