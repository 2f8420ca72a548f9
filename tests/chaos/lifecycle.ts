import { Installation } from './installation.ts';
import type { Problem } from './problem.ts';
import { type Holdings, checkRemains, checkStopped, holdings } from './remains.ts';
import { Findings } from './problem.ts';

export interface LifecycleOptions {
  readonly sessions: number;
  /** Sessions at a time. */
  readonly atOnce?: number;
  /** After so many minutes no more are created, whatever was asked for. */
  readonly minutes?: number;
  readonly say?: (line: string) => void;
}

export interface LifecycleOutcome {
  readonly asked: number;
  readonly created: number;
  readonly seconds: number;
  readonly before: Holdings;
  readonly after: Holdings;
  readonly problems: readonly Problem[];
}

/** Sessions that come and go before anything is counted, so that pools, caches and compiled code are there. */
const warmUps = 10;
/** Descriptors may differ by pooled connections to the model. */
const spareFiles = 12;

/**
 * Creates so many sessions of the real Claude Code, a few at a time, has each answer one prompt, ends and deletes it; then
 * counts what is left of them.
 */
export async function runLifecycle({
  sessions,
  atOnce = 4,
  minutes = Number.POSITIVE_INFINITY,
  say = () => {},
}: LifecycleOptions): Promise<LifecycleOutcome> {
  const begun = performance.now();
  await using installation = await Installation.start({ AI_SESSIONS_LOG_LEVEL: 'warn' });
  const { system } = installation;
  const user = await system.user();
  const ids = new Set<string>();

  async function live(): Promise<void> {
    const { id } = await user.createSession({ initial_prompt: 'Hello.' });
    ids.add(id);
    const viewer = await user.view(id);
    try {
      await viewer.result();
    } finally {
      viewer.close();
    }
    await user.call('DELETE', `/v1/sessions/${id}`, undefined, 200);
    await user.call('DELETE', `/v1/sessions/${id}/record`, undefined, 200);
  }
  async function many(count: number): Promise<void> {
    let left = count;
    const lane = async () => {
      while (left > 0 && performance.now() < begun + minutes * 60_000) {
        left -= 1;
        if (left % 50 === 0) say(`${left} to go`);
        await live();
      }
    };
    await Promise.all(Array.from({ length: atOnce }, lane));
  }

  await many(warmUps);
  const problems = [...(await checkRemains(installation, ids))];
  const before = holdings(installation, ids);
  await many(sessions);
  problems.push(...(await checkRemains(installation, ids)));
  const after = holdings(installation, ids);
  const findings = new Findings('after all sessions have ended');
  for (const kind of ['serverFiles', 'runnerFiles'] as const) {
    if (after[kind] > before[kind] + spareFiles) findings.add('remains', `${after[kind]} ${kind}, before there were ${before[kind]}`);
  }
  await system.stop();
  problems.push(...findings.problems, ...(await checkStopped(system.dataDir, ids)));
  return { asked: sessions, created: ids.size - warmUps, seconds: Math.round((performance.now() - begun) / 1000), before, after, problems };
}
