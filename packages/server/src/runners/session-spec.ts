import type { PendingAsk, SessionSpec } from '@ai-sessions/protocol';
import type { Credentials } from '../credentials/credentials.ts';
import type { SessionState } from '../domain/session-state.ts';
import { promptTexts } from '../sessions/live-state.ts';
import { openSettings } from '../sessions/session-secrets.ts';
import type { Store } from '../store/store.ts';
import type { Vault } from '../vault/vault.ts';
import { callsOfTurn } from './turn-calls.ts';

/** Makes what a runner needs to bring up a session. */
export interface SpecBuilder {
  /** Null when the session has moved on to another epoch or is gone. */
  build(sessionId: string, epoch: number): Promise<SessionSpec | null>;
  /** A fresh token for the incarnation's model calls. */
  token(state: SessionState): string;
}

export interface SpecBuilderOptions {
  readonly store: Store;
  readonly vault: Vault;
  readonly credentials: Credentials;
  readonly issueToken: (claims: { sessionId: string; epoch: number; userId: string }) => string;
}

export function createSpecBuilder(options: SpecBuilderOptions): SpecBuilder {
  const { store, credentials, issueToken } = options;
  const token = (state: SessionState) => issueToken({ sessionId: state.id, epoch: state.epoch, userId: state.user_id });
  return {
    token,
    async build(sessionId, epoch) {
      const row = await store.sessions.get(sessionId);
      if (row === null || row.state.epoch !== epoch) return null;
      const { state } = row;
      const settings = await openSettings(options, row);
      const [first] = state.prompts;
      const [text = ''] = first === undefined ? [] : await promptTexts(store, { id: state.id, prompts: [first] });
      return {
        session_id: state.id,
        epoch,
        claude_session_id: state.claude_session_id,
        resume: state.conversation_begun,
        allowed_tools: settings.allowed_tools,
        denied_tools: settings.denied_tools,
        session_allowed_tools: [...state.session_allowed_tools],
        permission_mode: settings.permission_mode,
        model: settings.model,
        max_turns: settings.max_turns,
        max_budget_usd: settings.max_budget_usd,
        task_budget_tokens: settings.task_budget_tokens,
        mcp_servers: settings.mcp_servers,
        environment: settings.environment,
        plugins: settings.plugins,
        system_prompt_suffix: settings.system_prompt_suffix,
        network: settings.network,
        credential_kind: (await credentials.kind(state.user_id)) === 'oauth_token' ? 'oauth_token' : 'api_key',
        gateway_token: token(state),
        prompt:
          first === undefined || first.status === 'queued'
            ? null
            : {
                prompt_id: first.prompt_id,
                text,
                interrupted: first.status === 'started',
                ...(first.status === 'started' ? { calls: await callsOfTurn(store.log, state.id, first) } : {}),
              },
        pending: pendingAsks(state),
      };
    },
  };
}

/** Open asks, and those answered while their answer may not have arrived: asked again, they keep their ids. */
function pendingAsks(state: SessionState): PendingAsk[] {
  return [...state.asks, ...state.resolutions].map((ask) =>
    ask.kind === 'approval'
      ? { kind: 'approval', tool_use_id: ask.id, tool_name: ask.tool_name, tool_input: ask.tool_input }
      : { kind: 'question', question_id: ask.id, tool_use_id: ask.tool_use_id, questions: ask.questions },
  );
}
