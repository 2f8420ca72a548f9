import { type Report, defaultSettings } from '@ai-sessions/protocol';
import { newSession } from '../domain/session-state.ts';
import type { NewSession } from './store.ts';

/** A new session of `usr_1`, made at that second. */
export function sessionFacts(
  id: string,
  change: { userId?: string; second?: number; idempotencyKey?: string; secrets?: string } = {},
): NewSession {
  const { userId = 'usr_1', second = 0, idempotencyKey = null, secrets = null } = change;
  return {
    state: newSession({
      id,
      userId,
      name: id,
      profileId: null,
      settings: defaultSettings,
      claudeSessionId: '00000000-0000-4000-8000-000000000000',
      now: new Date(Date.parse('2026-01-01T00:00:00.000Z') + second * 1000).toISOString(),
    }),
    secrets,
    idempotencyKey,
  };
}

export function assistantReport(text: string): Report {
  return { kind: 'event', type: 'assistant', payload: { message_id: 'm', model: 'x', content: [{ type: 'text', text }] } };
}
