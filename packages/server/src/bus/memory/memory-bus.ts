import type { Bus, BusMessage } from '../bus.ts';

type Listener = (message: BusMessage) => void;

/** The embedded bus: listeners are called at once, in the publisher's own tick. */
export function createMemoryBus(): Bus {
  const listeners = new Map<string, Set<Listener>>();
  return {
    publish(message) {
      for (const listener of listeners.get(message.sessionId) ?? []) listener(message);
    },
    subscribe(sessionId, listener) {
      const ofSession = listeners.get(sessionId) ?? new Set<Listener>();
      listeners.set(sessionId, ofSession.add(listener));
      return () => {
        ofSession.delete(listener);
        if (ofSession.size === 0 && listeners.get(sessionId) === ofSession) listeners.delete(sessionId);
      };
    },
    ping: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => {
      listeners.clear();
      return Promise.resolve();
    },
  };
}
