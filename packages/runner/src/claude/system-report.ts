import type { EventPayload } from '@ai-sessions/protocol';
import { errorText } from './error-text.ts';

type SystemPayload = EventPayload<'system'>;
type Fields = Readonly<Record<string, unknown>>;

/** What people are told of a system message, in a few fields without secrets; undefined for what is of no use to them. */
export function systemReport(type: string, subtype: string, fields: Fields): SystemPayload | undefined {
  if (type === 'rate_limit_event') return rateLimit(fields['rate_limit_info']);
  if (type !== 'system') return undefined;
  return SUBTYPES[subtype]?.(fields);
}

const SUBTYPES: Readonly<Record<string, (fields: Fields) => SystemPayload | undefined>> = {
  init: (fields) => ({
    subtype: 'init',
    model: text(fields['model']),
    tools: strings(fields['tools']),
    mcp_servers: servers(fields['mcp_servers']),
    plugins: plugins(fields['plugins']),
    claude_code_version: text(fields['claude_code_version']),
    slash_commands: strings(fields['slash_commands']),
  }),
  api_retry: (fields) => ({
    subtype: 'api_retry',
    message: `The model could not be reached (${retryCause(fields)}). Trying again in ${seconds(fields['retry_delay_ms'])} s, attempt ${number(fields['attempt'])} of ${number(fields['max_retries'])}.`,
    attempt: number(fields['attempt']),
    max_retries: number(fields['max_retries']),
    retry_delay_ms: number(fields['retry_delay_ms']),
    error_status: typeof fields['error_status'] === 'number' ? fields['error_status'] : null,
  }),
  compact_boundary: ({ compact_metadata: metadata }) => ({
    subtype: 'compact_boundary',
    message: 'The conversation was summarized to make room.',
    trigger: text(field(metadata, 'trigger')),
    pre_tokens: number(field(metadata, 'pre_tokens')),
    post_tokens: number(field(metadata, 'post_tokens')),
  }),
  status: (fields) => {
    if (fields['status'] === 'compacting') return { subtype: 'compacting', message: 'Summarizing the conversation to make room.' };
    if (typeof fields['compact_error'] !== 'string') return undefined;
    return { subtype: 'compact_failed', message: errorText(fields['compact_error']) };
  },
  permission_denied: (fields) => ({
    subtype: 'permission_denied',
    message: text(fields['message']),
    tool_name: text(fields['tool_name']),
    tool_use_id: text(fields['tool_use_id']),
  }),
  task_started: (fields) => task('task_started', fields, text(fields['description'])),
  task_notification: (fields) => task('task_ended', fields, text(fields['summary'])),
  informational: (fields) => told('informational', fields['content']),
  notification: (fields) => told('notification', fields['content'] ?? fields['text']),
  local_command_output: (fields) => told('local_command_output', fields['content']),
  model_refusal_fallback: (fields) => told('model_refusal', fields['content'] ?? 'The model refused; another model goes on.'),
  model_refusal_no_fallback: (fields) => told('model_refusal', fields['content'] ?? 'The model refused to answer.'),
};

function rateLimit(info: unknown): SystemPayload | undefined {
  const status = field(info, 'status');
  if (status !== 'allowed_warning' && status !== 'rejected') return undefined;
  const resets = number(field(info, 'resetsAt'));
  const until = resets > 0 ? ` It resets at ${new Date(resets * 1000).toISOString()}.` : '';
  return {
    subtype: 'rate_limit',
    message: `${status === 'rejected' ? 'The usage limit of this Claude account is reached.' : 'The usage limit of this Claude account is near.'}${until}`,
    status,
    resets_at: resets,
    rate_limit_type: text(field(info, 'rateLimitType')),
  };
}

function task(subtype: string, fields: Fields, message: string): SystemPayload {
  return { subtype, message, task_id: text(fields['task_id']), tool_use_id: text(fields['tool_use_id']), status: text(fields['status']) };
}

function told(subtype: string, content: unknown): SystemPayload | undefined {
  return typeof content === 'string' && content !== '' ? { subtype, message: content.slice(0, 20_000) } : undefined;
}

function retryCause(fields: Fields): string {
  return typeof fields['error_status'] === 'number' ? `HTTP ${fields['error_status']}` : 'no connection';
}

function servers(list: unknown): { name: string; status: string }[] {
  return Array.isArray(list) ? list.map((server) => ({ name: text(field(server, 'name')), status: text(field(server, 'status')) })) : [];
}

/** Names of the operator's: Claude Code's own are no news. */
function plugins(list: unknown): string[] {
  if (!Array.isArray(list)) return [];
  return list.filter((plugin) => field(plugin, 'path') !== 'builtin').map((plugin) => text(field(plugin, 'name')));
}

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Fields)[key] : undefined;
}

function strings(list: unknown): string[] {
  return Array.isArray(list) ? list.filter((item) => typeof item === 'string') : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 20_000) : '';
}

function number(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

function seconds(milliseconds: unknown): number {
  return Math.max(1, Math.round(number(milliseconds) / 1000));
}
