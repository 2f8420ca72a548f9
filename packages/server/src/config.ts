import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Limits, defaultLimits, limitOverrides, pluginList } from '@ai-sessions/protocol';
import { z } from 'zod';
import type { OidcSettings } from './auth/oidc/oidc-settings.ts';

/** The server's settings, parsed once from the environment. Durations are milliseconds; 0 means never. */
export interface ServerConfig {
  readonly host: string;
  readonly port: number;
  /** Base of links; null: made of host and port once listening. */
  readonly publicUrl: string | null;
  readonly dataDir: string;
  readonly modelUpstream: string;
  readonly masterKey: string | null;
  /** null: this server is itself the issuer. */
  readonly oidc: OidcSettings | null;
  readonly emailDomains: readonly string[] | '*';
  readonly sandbox: 'bubblewrap' | 'none';
  readonly idleTimeout: number;
  readonly approvalTimeout: number;
  readonly maxLifetime: number;
  readonly startTimeout: number;
  /** How long records of ended sessions are kept, in milliseconds; 0: until their user deletes them. */
  readonly retention: number;
  readonly limits: Limits;
  /** US dollars that each user may spend in one UTC day; null: no cap. */
  readonly dailyBudgetUsd: number | null;
  readonly claudeLogin: boolean;
  readonly demo: boolean;
  readonly plugins: readonly string[];
  readonly logLevel: string;
  readonly webDir: string;
}

const duration = (fallback: string) =>
  z
    .string()
    .default(fallback)
    .refine((text) => /^(0|\d{1,9}(ms|s|m|h|d))$/.test(text), 'a duration such as 30s, 10m, 24h, or 0 for never')
    .transform((text) => {
      const [, amount = '0', unit = 'ms'] = /^(\d+)(ms|s|m|h|d)?$/.exec(text) ?? [];
      return Number(amount) * { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[unit as 'ms' | 's' | 'm' | 'h' | 'd'];
    });

const json = z.string().transform((text, context) => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    context.addIssue({ code: 'custom', message: 'not valid JSON' });
    return z.NEVER;
  }
});

const commaList = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);
const onlyEmbedded = (value: string, embedded: string) => z.literal(embedded, `this version supports only ${embedded}`).default(value);

const environment = z.object({
  AI_SESSIONS_HOST: z.string().min(1).default('127.0.0.1'),
  AI_SESSIONS_PORT: z.string().default('8080').pipe(z.coerce.number<string>().int().min(0).max(65_535)),
  AI_SESSIONS_PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  AI_SESSIONS_DATA_DIR: z.string().min(1).default('./data'),
  AI_SESSIONS_MODEL_UPSTREAM: z.url({ protocol: /^https?$/ }).default('https://api.anthropic.com'),
  AI_SESSIONS_MASTER_KEY: z
    .string()
    .refine((text) => Buffer.from(text, 'base64').length === 32, '32 bytes in base64; make one with: openssl rand -base64 32')
    .optional(),
  AI_SESSIONS_AUTH: z.enum(['local', 'oidc']).default('local'),
  AI_SESSIONS_OIDC_ISSUER: z.url({ protocol: /^https?$/ }).optional(),
  AI_SESSIONS_OIDC_AUDIENCE: z.string().min(1).optional(),
  AI_SESSIONS_OIDC_CLIENT_ID: z.string().min(1).optional(),
  AI_SESSIONS_OIDC_CLIENT_SECRET: z.string().min(1).optional(),
  AI_SESSIONS_EMAIL_DOMAINS: commaList.optional(),
  AI_SESSIONS_SANDBOX: z.enum(['bubblewrap', 'none']).default('bubblewrap'),
  AI_SESSIONS_STORE: onlyEmbedded('sqlite', 'sqlite'),
  AI_SESSIONS_BUS: onlyEmbedded('memory', 'memory'),
  AI_SESSIONS_BLOBS: onlyEmbedded('disk', 'disk'),
  AI_SESSIONS_PROVISIONER: onlyEmbedded('local', 'local'),
  AI_SESSIONS_IDLE_TIMEOUT: duration('10m'),
  AI_SESSIONS_APPROVAL_TIMEOUT: duration('5m'),
  AI_SESSIONS_MAX_LIFETIME: duration('24h'),
  AI_SESSIONS_START_TIMEOUT: duration('90s'),
  AI_SESSIONS_RETENTION: duration('0'),
  AI_SESSIONS_LIMITS: json.pipe(limitOverrides).optional(),
  AI_SESSIONS_DAILY_BUDGET_USD: z
    .string()
    .refine((text) => Number(text) > 0 && Number(text) <= 1_000_000, 'an amount of US dollars above 0, such as 25 or 2.50')
    .transform(Number)
    .optional(),
  AI_SESSIONS_CLAUDE_LOGIN: z.enum(['on', 'off']).default('on'),
  AI_SESSIONS_DEMO: z.enum(['0', '1']).default('0'),
  AI_SESSIONS_PLUGINS: pluginList.optional(),
  AI_SESSIONS_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
});

/**
 * Reads the server's settings.
 * @throws Error that lists every problem at once, each with the variable's name.
 */
export function readConfig(env: NodeJS.ProcessEnv): ServerConfig {
  const given = withOidcNames(Object.fromEntries(Object.entries(env).filter(([, value]) => value !== '')));
  const parsed = environment.safeParse(given);
  const problems = parsed.success ? [] : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  if (parsed.success && parsed.data.AI_SESSIONS_SANDBOX === 'none' && !isLoopback(parsed.data.AI_SESSIONS_HOST)) {
    problems.push(
      'AI_SESSIONS_HOST: without a sandbox the server listens on loopback only. Install bubblewrap (apt-get install -y bubblewrap socat), or set AI_SESSIONS_HOST=127.0.0.1.',
    );
  }
  const publicHost = parsed.success ? URL.parse(parsed.data.AI_SESSIONS_PUBLIC_URL ?? '')?.hostname : undefined;
  if (
    parsed.success &&
    parsed.data.AI_SESSIONS_SANDBOX === 'none' &&
    publicHost !== undefined &&
    !isLoopback(publicHost.replace(/^\[|\]$/g, ''))
  ) {
    problems.push(
      'AI_SESSIONS_PUBLIC_URL: without a sandbox the server is for this machine only, and this address is for others. Install bubblewrap (apt-get install -y bubblewrap socat), or do not set it.',
    );
  }
  const oidc = parsed.success ? oidcSettings(parsed.data, problems) : null;
  if (!parsed.success || problems.length > 0)
    throw new Error(`The settings are not usable:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  const values = parsed.data;
  return {
    host: values.AI_SESSIONS_HOST,
    port: values.AI_SESSIONS_PORT,
    publicUrl: values.AI_SESSIONS_PUBLIC_URL?.replace(/\/+$/, '') ?? null,
    dataDir: path.resolve(values.AI_SESSIONS_DATA_DIR),
    modelUpstream: values.AI_SESSIONS_MODEL_UPSTREAM.replace(/\/+$/, ''),
    masterKey: values.AI_SESSIONS_MASTER_KEY ?? null,
    oidc,
    emailDomains: emailDomains(values.AI_SESSIONS_EMAIL_DOMAINS),
    sandbox: values.AI_SESSIONS_SANDBOX,
    idleTimeout: values.AI_SESSIONS_IDLE_TIMEOUT,
    approvalTimeout: values.AI_SESSIONS_APPROVAL_TIMEOUT,
    maxLifetime: values.AI_SESSIONS_MAX_LIFETIME,
    startTimeout: values.AI_SESSIONS_START_TIMEOUT,
    retention: values.AI_SESSIONS_RETENTION,
    limits: { ...defaultLimits, ...values.AI_SESSIONS_LIMITS },
    dailyBudgetUsd: values.AI_SESSIONS_DAILY_BUDGET_USD ?? null,
    claudeLogin: values.AI_SESSIONS_CLAUDE_LOGIN === 'on',
    demo: values.AI_SESSIONS_DEMO === '1',
    plugins: Object.keys(values.AI_SESSIONS_PLUGINS ?? {}),
    logLevel: values.AI_SESSIONS_LOG_LEVEL,
    webDir: path.resolve(import.meta.dirname, '../../web/dist'),
  };
}

/** The settings of the issuer also go by `AI_SESSIONS_AUTH_OIDC_…`. */
function withOidcNames(given: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const aliases = Object.entries(given).filter(([name]) => name.startsWith('AI_SESSIONS_AUTH_OIDC_'));
  return { ...Object.fromEntries(aliases.map(([name, value]) => [name.replace('_AUTH_OIDC_', '_OIDC_'), value])), ...given };
}

/** Adds to `problems` what is amiss with the settings of the issuer. */
function oidcSettings(values: z.output<typeof environment>, problems: string[]): OidcSettings | null {
  if (values.AI_SESSIONS_AUTH === 'local') return null;
  const { AI_SESSIONS_OIDC_ISSUER: issuer, AI_SESSIONS_OIDC_AUDIENCE: audience, AI_SESSIONS_OIDC_CLIENT_ID: clientId } = values;
  const needed = { AI_SESSIONS_OIDC_ISSUER: issuer, AI_SESSIONS_OIDC_AUDIENCE: audience, AI_SESSIONS_OIDC_CLIENT_ID: clientId };
  for (const [name, value] of Object.entries(needed)) if (value === undefined) problems.push(`${name}: needed with AI_SESSIONS_AUTH=oidc`);
  if (issuer === undefined || audience === undefined || clientId === undefined) return null;
  const { protocol, hostname } = new URL(issuer);
  if (protocol === 'http:' && !isLoopback(hostname.replace(/^\[|\]$/g, ''))) {
    problems.push('AI_SESSIONS_OIDC_ISSUER: an issuer that is not on this machine needs https');
  }
  return { issuer, audience, clientId, clientSecret: values.AI_SESSIONS_OIDC_CLIENT_SECRET ?? null };
}

function emailDomains(list: string[] | undefined): readonly string[] | '*' {
  if (list === undefined || list.length === 0 || list.includes('*')) return '*';
  return list.map((domain) => domain.toLowerCase().replace(/^@/, ''));
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** The version of this package, for the API documents and the log. */
export function version(): string {
  const manifest = JSON.parse(readFileSync(path.join(import.meta.dirname, '../package.json'), 'utf8')) as { version: string };
  return manifest.version;
}
