import type { Report } from '@ai-sessions/protocol';
import { connectionKey } from './egress-ledger.ts';
import { openAsk, settle } from './session-asks.ts';
import { type Draft, done, refused } from './session-draft.ts';
import { exited, processesGone, ready } from './session-ownership.ts';
import { promptStarted } from './session-prompts.ts';
import { type Command, type Outcome, isLive } from './session-state.ts';
import { turnEnded } from './session-turns.ts';

export function recordReports(draft: Draft, command: Extract<Command, { kind: 'reports' }>): Outcome {
  const { epoch, acked } = draft.state;
  if (command.epoch !== epoch) return refused('stale');
  if (command.first > acked + 1) return refused('gap');
  for (const report of command.reports.slice(acked + 1 - command.first)) {
    // What a session reached before it ended may be told after it.
    if (isEgress(report)) recordEgress(draft, epoch, report);
    else if (isLive(draft.state)) recordReport(draft, report);
  }
  draft.set({ acked: Math.max(acked, command.first + command.reports.length - 1) });
  return done;
}

/**
 * What went out to the network went out, whoever owns the session by now: of that, and of nothing else, an earlier epoch may still tell.
 * Refused where the runner never held the session, and for an epoch that never was. Rows are known by their epoch: none comes twice.
 */
export function recordLateReports(draft: Draft, command: Extract<Command, { kind: 'late_reports' }>): Outcome {
  const { runner_id, epoch } = draft.state;
  // A session stays with the runner that has its files.
  if (command.runnerId !== runner_id || command.epoch > epoch) return refused('stale');
  for (const report of command.reports) if (isEgress(report)) recordEgress(draft, command.epoch, report);
  return done;
}

type EgressReport = Extract<Report, { kind: 'egress' | 'egress_outcome' }>;

const isEgress = (report: Report): report is EgressReport => report.kind === 'egress' || report.kind === 'egress_outcome';

function recordEgress(draft: Draft, epoch: number, report: EgressReport): void {
  const key = connectionKey(epoch, report.row);
  if (report.kind === 'egress') draft.ledger.push({ op: 'add', key, row: report.connection });
  else draft.ledger.push({ op: 'outcome', key, outcome: report.outcome });
}

function recordReport(draft: Draft, report: Exclude<Report, EgressReport>): void {
  switch (report.kind) {
    case 'event': {
      const { kind: _, ...event } = report;
      draft.append(event);
      return;
    }
    case 'ready':
      ready(draft);
      return;
    case 'prompt_started':
      promptStarted(draft, report.prompt_id, report.content);
      return;
    case 'turn_ended':
      turnEnded(draft, report.result);
      return;
    case 'approval_opened':
      openAsk(draft, {
        kind: 'approval',
        id: report.tool_use_id,
        tool_name: report.tool_name,
        tool_input: report.tool_input,
        ...(report.suggested_pattern === undefined ? {} : { suggested_pattern: report.suggested_pattern }),
        ...(report.parent_tool_use_id === undefined ? {} : { parent_tool_use_id: report.parent_tool_use_id }),
      });
      return;
    case 'approval_handed_over':
      draft.set({ resolutions: draft.state.resolutions.filter(({ id }) => id !== report.tool_use_id) });
      return;
    case 'question_opened':
      openAsk(draft, {
        kind: 'question',
        id: report.question_id,
        tool_use_id: report.tool_use_id,
        questions: report.questions,
      });
      return;
    case 'approval_settled':
    case 'question_settled': {
      const id = report.kind === 'approval_settled' ? report.tool_use_id : report.question_id;
      const ask = draft.state.asks.find((one) => one.id === id);
      if (ask !== undefined) settle(draft, ask, report.kind === 'approval_settled' && report.approved, report.by);
      return;
    }
    case 'mode_changed':
      draft.set({ settings: { ...draft.state.settings, permission_mode: report.permission_mode } });
      draft.append({
        type: 'system',
        payload: {
          subtype: 'permission_mode',
          permission_mode: report.permission_mode,
          message: `The permission mode is now ${report.permission_mode}.`,
        },
      });
      return;
    case 'mcp_status':
      draft.set({ mcp_servers: report.servers });
      draft.append({ type: 'system', payload: { subtype: 'mcp_status', message: report.message, mcp_servers: report.servers } });
      return;
    case 'hibernated':
      processesGone(draft, 'The session sleeps: nothing runs, files and conversation stay. The next prompt wakes it.');
      return;
    case 'exited':
      exited(draft, report);
      return;
    default: {
      const unreachable: never = report;
      return unreachable;
    }
  }
}
