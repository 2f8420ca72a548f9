import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { findClaudeBinary } from './claude/claude-binary.ts';
import { readEgress } from './config.ts';
import { findCgroups } from './sandbox/cgroup/cgroups.ts';
import { BubblewrapDriver } from './sandbox/bubblewrap/bubblewrap-driver.ts';
import { parseUserRange } from './sandbox/bubblewrap/user-range.ts';
import { FORWARDER } from './sandbox/bubblewrap/proxy-forwarder.ts';

/** One line of `npm run doctor`; printed as JSON for the launcher. */
interface Finding {
  readonly name: string;
  readonly state: 'ok' | 'warn' | 'fail';
  readonly text: string;
  readonly mend?: string;
}

const run = promisify(execFile);
/** Programs that people expect inside a session, with the Debian package of each. */
const expected: Record<string, string> = {
  bash: 'bash',
  ls: 'coreutils',
  find: 'findutils',
  grep: 'grep',
  sed: 'sed',
  awk: 'mawk',
  tar: 'tar',
  gzip: 'gzip',
  git: 'git',
  curl: 'curl',
  jq: 'jq',
  rg: 'ripgrep',
  node: 'nodejs',
  python3: 'python3',
  socat: 'socat',
  // For the Claude sign-in.
  script: 'bsdutils',
  stty: 'coreutils',
};

/** Whether sandboxes work here, by making one; and how limits are kept. */
async function sandbox(): Promise<Finding[]> {
  const stateDir = mkdtempSync(path.join(tmpdir(), 'ai-sessions-doctor-'));
  try {
    const probe = await new BubblewrapDriver({ stateDir, users: parseUserRange(process.env['AI_SESSIONS_SANDBOX_USERS']) }).probe();
    const problems = probe.problems.map(({ what, mend }): Finding => ({ name: 'sandbox', state: 'fail', text: what, mend }));
    const notes = probe.notes.map((text): Finding => ({ name: 'sandbox', state: 'warn', text }));
    return [
      ...problems,
      ...notes,
      ...(probe.ok ? [{ name: 'sandbox', state: 'ok', text: 'bubblewrap works' } as const] : []),
      userNamespaces(),
      await cgroups(),
    ];
  } finally {
    rmSync(stateDir, { recursive: true, force: true });
  }
}

function userNamespaces(): Finding {
  const name = 'user namespaces';
  const most = Number(read('/proc/sys/user/max_user_namespaces') ?? 'NaN');
  if (most > 0) return { name, state: 'ok', text: `up to ${most}` };
  return { name, state: 'warn', text: 'switched off, or not to be read', mend: 'sysctl -w user.max_user_namespaces=15000' };
}

/** What is limited for a session as a whole, and by what. */
async function cgroups(): Promise<Finding> {
  const name = 'cgroups';
  const found = await findCgroups().catch(() => undefined);
  if (found) {
    const kept = [
      'memory',
      'pids',
      ...(found.missing.includes('cpus') ? [] : ['cpu']),
      ...(found.weighs ? ['fair shares of the processor'] : []),
    ];
    return { name, state: 'ok', text: `version ${found.version}: ${kept.join(', ')}` };
  }
  return {
    name,
    state: 'warn',
    text: 'memory, pids and cpu cannot be limited for a whole session, nor the processor be shared fairly',
    mend: 'run as root, or delegate a cgroup to this user (systemd: Delegate=yes)',
  };
}

/** Whether sessions have a way out, and where to. */
function network(): Finding {
  const name = 'network of sessions';
  try {
    const operator = readEgress(process.env);
    if (operator.mode === 'off') return { name, state: 'ok', text: 'off: nothing can be reached' };
    if (!existsSync(FORWARDER)) {
      return { name, state: 'warn', text: `nothing can be reached: ${FORWARDER} is missing`, mend: 'apt-get install -y socat' };
    }
    const named = operator.hosts.length + operator.ranges.length;
    const text = operator.mode === 'open' ? 'open: the public internet' : 'allowlist: what is named';
    return { name, state: 'ok', text: named === 0 ? text : `${text}, and ${named} named by AI_SESSIONS_EGRESS_ALLOW` };
  } catch (error) {
    return { name, state: 'fail', text: error instanceof Error ? error.message : String(error), mend: 'see docs/network.md' };
  }
}

function claude(): Finding {
  try {
    return { name: 'Claude Code', state: 'ok', text: findClaudeBinary().version };
  } catch (error) {
    return { name: 'Claude Code', state: 'fail', text: error instanceof Error ? error.message : String(error), mend: 'npm ci' };
  }
}

async function programs(): Promise<Finding> {
  const { stdout } = await run(
    'sh',
    ['-c', 'for name; do command -v -- "$name" >/dev/null || echo "$name"; done', 'sh', ...Object.keys(expected)],
    {
      env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
    },
  );
  const missing = stdout.split('\n').filter((name) => name !== '');
  const name = 'programs inside';
  if (missing.length === 0) return { name, state: 'ok', text: Object.keys(expected).join(', ') };
  return {
    name,
    state: 'warn',
    text: `missing: ${missing.join(', ')}`,
    mend: `apt-get install -y ${[...new Set(missing.map((one) => expected[one] ?? one))].join(' ')}`,
  };
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

process.stdout.write(JSON.stringify([...(await sandbox()), network(), claude(), await programs()]));
