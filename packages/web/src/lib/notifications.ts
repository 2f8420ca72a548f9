import { useSyncExternalStore } from 'react';
import { StoredSetting } from './stored-setting.ts';

/** Whether the user wants to be called when something waits for them. The browser's own permission comes on top. */
const wanted = new StoredSetting('notifications', (text) => text === 'on');

export type NotificationState = 'on' | 'off' | 'blocked' | 'unsupported';

/** `blocked`: the browser does not let this site call; only the user can change that, in the browser. */
function state(): NotificationState {
  if (!('Notification' in globalThis)) return 'unsupported';
  if (Notification.permission === 'denied') return 'blocked';
  return wanted.value && Notification.permission === 'granted' ? 'on' : 'off';
}

export function useNotifications(): NotificationState {
  return useSyncExternalStore(wanted.subscribe, state);
}

/** Turns calling on, asking the browser's permission if that is needed, or off. Call it in answer to a click. */
export async function setNotifications(on: boolean): Promise<void> {
  if (on && state() !== 'unsupported' && Notification.permission === 'default') await Notification.requestPermission();
  wanted.set(on ? 'on' : null);
}

/** Calls the user, where they want that. A call with the same `tag` takes the place of the one before. `onOpen` runs when it is clicked. */
export function notify(title: string, options: { readonly body: string; readonly tag: string; readonly onOpen: () => void }): void {
  if (state() !== 'on') return;
  try {
    const notification = new Notification(title, { body: options.body, tag: options.tag, icon: '/favicon.svg' });
    notification.addEventListener('click', () => {
      globalThis.focus();
      options.onOpen();
      notification.close();
    });
  } catch {
    // Some phones let only service workers call: the title's mark has to do.
  }
}
