import type { Store } from '../store/store.ts';
import type { Bus } from '../bus/bus.ts';
import type { Clock } from '../clock.ts';
import type { ServerConfig } from '../config.ts';
import type { Credentials } from '../credentials/credentials.ts';
import { activityOf } from '../domain/session-state.ts';
import type { Ids } from '../ids.ts';
import type { Profiles } from '../profiles/profiles.ts';
import type { Usage } from '../usage/usage.ts';
import type { Vault } from '../vault/vault.ts';
import { awakeSession } from './awake-session.ts';
import { answerApproval, answerQuestion } from './answer-asks.ts';
import { checkDailyBudget } from './check-daily-budget.ts';
import type { Commands } from './commands.ts';
import { createSession } from './create-session.ts';
import { answerAsk, listApprovals } from './inbox.ts';
import { listEgress } from './list-egress.ts';
import { listSessions } from './list-sessions.ts';
import { readLiveState } from './live-state.ts';
import { ownedSession } from './owned-session.ts';
import { publicSession } from './public-session.ts';
import { noCredentials, refusal } from './refusal.ts';
import { openSettings } from './session-secrets.ts';
import type { Sessions } from './sessions.ts';

export interface SessionsContext {
  readonly store: Store;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly vault: Vault;
  readonly config: ServerConfig;
  readonly credentials: Credentials;
  readonly profiles: Profiles;
  readonly usage: Usage;
  readonly commands: Commands;
  /** Whether some runner takes sessions now. */
  readonly runnerAvailable: () => boolean;
  /** Removes a session's files: its workspace and transcript wherever they are, and what is held here of them. Must not throw. */
  readonly purge: (sessionId: string) => Promise<void> | void;
}

const historyBytes = 8 * 1024 * 1024;

/** The sessions of all users, over the store and the commands. */
export function createSessions(ctx: SessionsContext): Sessions {
  const { store, commands } = ctx;
  return {
    create: (userId, body) => createSession(ctx, userId, body),
    get: async (userId, sessionId) => publicSession((await ownedSession(store, userId, sessionId)).state, ctx.clock.timestamp()),
    list: (userId, query) => listSessions(ctx, userId, query),

    async update(userId, sessionId, body) {
      await ownedSession(store, userId, sessionId);
      const applied = await commands.apply(sessionId, {
        kind: 'update',
        ...(body.name === undefined ? {} : { name: body.name }),
        ...(body.max_budget_usd === undefined ? {} : { maxBudgetUsd: body.max_budget_usd }),
      });
      if (applied === null || !applied.outcome.ok) throw refusal(applied?.outcome);
      return publicSession(applied.state, ctx.clock.timestamp());
    },

    async terminate(userId, sessionId) {
      await ownedSession(store, userId, sessionId);
      await commands.apply(sessionId, { kind: 'terminate', reason: 'user_requested' });
    },

    async deleteRecord(userId, sessionId) {
      const { state } = await ownedSession(store, userId, sessionId);
      if (state.status === 'pending' || state.status === 'running') throw refusal({ ok: false, code: 'session_not_ended' });
      await store.sessions.remove(sessionId);
      await ctx.purge(sessionId);
    },

    async history(userId, sessionId, afterSeq, limit) {
      const { state } = await ownedSession(store, userId, sessionId);
      const page = await store.log.read(sessionId, afterSeq, limit, historyBytes);
      return { envelopes: page.envelopes, lastSeq: state.last_seq, more: page.envelopes.length > 0 && page.lastSeq < state.last_seq };
    },

    egress: (userId, sessionId, query) => listEgress(store, userId, sessionId, query),
    effectiveSettings: async (userId, sessionId) => openSettings(ctx, await ownedSession(store, userId, sessionId)),
    liveState: async (userId, sessionId) => readLiveState(store, (await ownedSession(store, userId, sessionId)).state),

    async send(userId, sessionId, prompt) {
      const { state } = await ownedSession(store, userId, sessionId);
      if (activityOf(state) === 'hibernated' && (await ctx.credentials.kind(userId)) === null) throw noCredentials();
      await checkDailyBudget(ctx.usage, userId);
      const applied = await commands.apply(sessionId, {
        kind: 'prompt',
        promptId: ctx.ids.next('prompt'),
        text: prompt.text,
        ...(prompt.clientMessageId === undefined ? {} : { clientMessageId: prompt.clientMessageId }),
      });
      if (applied === null || !applied.outcome.ok) throw refusal(applied?.outcome, applied?.state);
      return { promptId: applied.outcome.promptId ?? '', repeated: applied.outcome.repeated === true };
    },

    async cancelPrompt(userId, sessionId, promptId) {
      await ownedSession(store, userId, sessionId);
      const applied = await commands.apply(sessionId, { kind: 'cancel_prompt', promptId });
      if (applied === null || !applied.outcome.ok) throw refusal(applied?.outcome);
    },

    async interrupt(userId, sessionId) {
      await ownedSession(store, userId, sessionId);
      const applied = await commands.apply(sessionId, { kind: 'interrupt' });
      if (applied === null || !applied.outcome.ok) throw refusal(applied?.outcome);
    },

    listApprovals: (userId, query) => listApprovals(store, userId, query),
    answerAsk: (userId, approvalId, answer) => answerAsk(ctx, userId, approvalId, answer),
    async resolveApproval(userId, sessionId, response) {
      await answerApproval(ctx, userId, sessionId, response);
    },
    async resolveQuestion(userId, sessionId, questionId, answers) {
      await answerQuestion(ctx, userId, sessionId, questionId, answers);
    },

    awake: (userId, sessionId, signal) => awakeSession(ctx, userId, sessionId, signal),
    async isAwake(userId, sessionId) {
      const { incarnation } = (await ownedSession(store, userId, sessionId)).state;
      return incarnation === 'starting' || incarnation === 'up';
    },
    async used(sessionId) {
      await commands.apply(sessionId, { kind: 'used' });
    },

    async endAllOf(userId, reason) {
      for (const sessionId of await store.sessions.liveOfUser(userId)) await commands.apply(sessionId, { kind: 'terminate', reason });
    },
  };
}
