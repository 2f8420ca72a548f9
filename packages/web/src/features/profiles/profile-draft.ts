import { type CreateProfile, createProfile, defaultSettings, detailsOf, type PermissionMode, type Profile } from '@ai-sessions/protocol';
import { jsonText } from './json-object.ts';
import { patternLines } from './pattern-lines.ts';

/** The profile editor as it is filled in: text, one tool pattern a line, JSON where the contract has objects. */
export interface ProfileDraft {
  readonly name: string;
  readonly description: string;
  readonly allowedTools: string;
  readonly deniedTools: string;
  readonly mode: PermissionMode;
  readonly model: string;
  readonly maxTurns: string;
  readonly maxBudget: string;
  readonly taskBudget: string;
  readonly ttlMinutes: string;
  readonly suffix: string;
  readonly environment: string;
  readonly mcpServers: string;
  readonly plugins: string;
  readonly oneShot: boolean;
  /** Only these hosts may be reached; without it all that the operator lets sessions reach. */
  readonly onlyDomains: boolean;
  readonly allowedDomains: string;
  readonly deniedDomains: string;
}

export type ProfileErrors = Partial<Record<keyof ProfileDraft, string>>;
export type CheckedProfile = { readonly ok: true; readonly body: CreateProfile } | { readonly ok: false; readonly errors: ProfileErrors };

export function draftOf(profile?: Profile): ProfileDraft {
  const from = profile ?? { ...defaultSettings, name: '', description: '' };
  const shown = (value: number | null) => (value === null ? '' : String(value));
  return {
    name: from.name,
    description: from.description,
    allowedTools: from.allowed_tools.join('\n'),
    deniedTools: from.denied_tools.join('\n'),
    mode: from.permission_mode,
    model: from.model ?? '',
    maxTurns: shown(from.max_turns),
    maxBudget: shown(from.max_budget_usd),
    taskBudget: shown(from.task_budget_tokens),
    ttlMinutes: shown(from.ttl_seconds === null ? null : from.ttl_seconds / 60),
    suffix: from.system_prompt_suffix ?? '',
    environment: jsonText(from.environment),
    mcpServers: jsonText(from.mcp_servers),
    plugins: from.plugins.join('\n'),
    oneShot: from.one_shot,
    onlyDomains: from.network?.allowed_domains !== undefined,
    allowedDomains: from.network?.allowed_domains?.join('\n') ?? '',
    deniedDomains: from.network?.denied_domains?.join('\n') ?? '',
  };
}

/** The request for a draft, checked by the contract's own schema; each error stands at its field. */
export function checkProfile(draft: ProfileDraft): CheckedProfile {
  const errors: ProfileErrors = {};
  const object = (field: 'environment' | 'mcpServers') => {
    try {
      return draft[field].trim() === '' ? {} : (JSON.parse(draft[field]) as unknown);
    } catch (error) {
      errors[field] = `This is not JSON: ${error instanceof Error ? error.message : 'check it.'}`;
      return {};
    }
  };
  const parsed = createProfile.safeParse({
    name: draft.name,
    description: draft.description.trim(),
    allowed_tools: patternLines(draft.allowedTools),
    denied_tools: patternLines(draft.deniedTools),
    permission_mode: draft.mode,
    model: draft.model.trim() || null,
    max_turns: amount(draft.maxTurns),
    max_budget_usd: amount(draft.maxBudget),
    task_budget_tokens: amount(draft.taskBudget),
    ttl_seconds: amount(draft.ttlMinutes, 60),
    system_prompt_suffix: draft.suffix === '' ? null : draft.suffix,
    environment: object('environment'),
    mcp_servers: object('mcpServers'),
    plugins: patternLines(draft.plugins),
    one_shot: draft.oneShot,
    network: networkOf(draft),
  });
  if (!parsed.success) for (const { path, message } of detailsOf(parsed.error)) addError(errors, path, message);
  return parsed.success && Object.keys(errors).length === 0 ? { ok: true, body: parsed.data } : { ok: false, errors };
}

const fields: Readonly<Record<string, keyof ProfileDraft>> = {
  name: 'name',
  description: 'description',
  allowed_tools: 'allowedTools',
  denied_tools: 'deniedTools',
  permission_mode: 'mode',
  model: 'model',
  max_turns: 'maxTurns',
  max_budget_usd: 'maxBudget',
  task_budget_tokens: 'taskBudget',
  ttl_seconds: 'ttlMinutes',
  system_prompt_suffix: 'suffix',
  environment: 'environment',
  mcp_servers: 'mcpServers',
  plugins: 'plugins',
  one_shot: 'oneShot',
  network: 'allowedDomains',
};

/** Null where it says nothing. An empty list of allowed domains lets nothing through. */
function networkOf({ onlyDomains, allowedDomains, deniedDomains }: ProfileDraft): CreateProfile['network'] {
  const denied = patternLines(deniedDomains);
  if (!onlyDomains && denied.length === 0) return null;
  return {
    ...(onlyDomains ? { allowed_domains: patternLines(allowedDomains) } : {}),
    ...(denied.length === 0 ? {} : { denied_domains: denied }),
  };
}

const plainly: ProfileErrors = {
  name: 'Give the profile a name of at most 100 characters.',
  maxTurns: 'A whole number of 1 or more.',
  maxBudget: 'An amount above 0.',
  taskBudget: 'A whole number of 1 or more.',
  ttlMinutes: 'Up to 1440 minutes, which is a day.',
};

function addError(errors: ProfileErrors, path: string, message: string): void {
  const [head = '', ...rest] = path.split('.');
  const field = head === 'network' && rest[0] === 'denied_domains' ? 'deniedDomains' : (fields[head] ?? 'name');
  const where = rest.length === 0 ? '' : `${rest.join('.')}: `;
  errors[field] ??= plainly[field] ?? where + message;
}

function amount(text: string, factor = 1): number | null {
  return text.trim() === '' ? null : Math.round(Number(text) * factor * 1e6) / 1e6;
}
