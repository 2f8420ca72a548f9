import { type CreateSession, createSession, detailsOf, type PermissionMode } from '@ai-sessions/protocol';

/** The create dialog as it is filled in: text, where empty means "as the profile says". */
export interface SessionDraft {
  readonly name: string;
  readonly profileId: string;
  readonly prompt: string;
  readonly mode: PermissionMode | '';
  readonly model: string;
  readonly maxTurns: string;
  readonly maxBudget: string;
  readonly ttlMinutes: string;
  /** One rule a line. */
  readonly allowedTools: string;
  readonly deniedTools: string;
}

export const emptyDraft: SessionDraft = {
  name: '',
  profileId: '',
  prompt: '',
  mode: '',
  model: '',
  maxTurns: '',
  maxBudget: '',
  ttlMinutes: '',
  allowedTools: '',
  deniedTools: '',
};

export type DraftErrors = Partial<Record<keyof SessionDraft, string>>;

const fields: Readonly<Record<string, keyof SessionDraft>> = {
  name: 'name',
  profile_id: 'profileId',
  initial_prompt: 'prompt',
  permission_mode: 'mode',
  model: 'model',
  max_turns: 'maxTurns',
  max_budget_usd: 'maxBudget',
  ttl_seconds: 'ttlMinutes',
  allowed_tools: 'allowedTools',
  denied_tools: 'deniedTools',
};

const messages: DraftErrors = {
  maxTurns: 'A whole number of 1 or more.',
  maxBudget: 'An amount above 0.',
  ttlMinutes: 'Up to 1440 minutes, which is a day.',
};

export type Checked = { readonly ok: true; readonly body: CreateSession } | { readonly ok: false; readonly errors: DraftErrors };

/** The request for a draft, checked by the contract's own schema. `idempotencyKey` makes a repeat harmless. */
export function checkDraft(draft: SessionDraft, idempotencyKey: string): Checked {
  const body = {
    idempotency_key: idempotencyKey,
    ...text('name', draft.name),
    ...text('profile_id', draft.profileId),
    ...text('initial_prompt', draft.prompt),
    ...text('permission_mode', draft.mode),
    ...text('model', draft.model),
    ...number('max_turns', draft.maxTurns, 1),
    ...number('max_budget_usd', draft.maxBudget, 1),
    ...number('ttl_seconds', draft.ttlMinutes, 60),
    ...lines('allowed_tools', draft.allowedTools),
    ...lines('denied_tools', draft.deniedTools),
  };
  const parsed = createSession.safeParse(body);
  if (parsed.success) return { ok: true, body: parsed.data };
  const errors: DraftErrors = {};
  for (const { path, message } of detailsOf(parsed.error)) {
    const field = fields[path.replace(/\.\d+$/, '')] ?? 'name';
    errors[field] ??= messages[field] ?? message;
  }
  return { ok: false, errors };
}

function text(key: string, value: string): object {
  return value.trim() === '' ? {} : { [key]: value.trim() };
}

function lines(key: string, value: string): object {
  const rules = value
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return rules.length === 0 ? {} : { [key]: rules };
}

function number(key: string, value: string, factor: number): object {
  return value.trim() === '' ? {} : { [key]: Math.round(Number(value) * factor * 1e6) / 1e6 };
}
