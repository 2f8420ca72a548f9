import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The machine the figures belong to, one line each. */
export function describeMachine(): string[] {
  const [first] = cpus();
  const load = loadavg().map((average) => average.toFixed(2));
  const sdk = path.dirname(fileURLToPath(import.meta.resolve('@anthropic-ai/claude-agent-sdk')));
  const manifest = JSON.parse(readFileSync(path.join(sdk, 'package.json'), 'utf8')) as { version: string; claudeCodeVersion: string };
  return [
    `${cpus().length} cores (${first?.model ?? 'unknown'}), ${Math.round(totalmem() / 1024 ** 3)} GiB`,
    `${type()} ${release()}, Node ${process.versions.node}`,
    `Claude Code ${manifest.claudeCodeVersion}, Agent SDK ${manifest.version}`,
    `load average at the start ${load.join(' ')}`,
  ];
}
