import { type Draft, done, refused } from './session-draft.ts';
import { type Outcome, isLive } from './session-state.ts';

/** Wakes a session that sleeps, as a prompt does, for somebody who wants to work in it. */
export function wake(draft: Draft): Outcome {
  if (!isLive(draft.state)) return refused('session_not_running');
  if (draft.state.incarnation === 'none') {
    draft.incarnation('wanted');
    draft.effect({ kind: 'need_runner' });
  }
  return used(draft);
}

/** A session in use does not fall asleep: its idle time begins anew. */
export function used(draft: Draft): Outcome {
  if (draft.state.idle_since !== null) draft.set({ idle_since: draft.context.now });
  return done;
}
