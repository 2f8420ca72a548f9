import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

export interface ClaudeBinary {
  /** Host path of the program. */
  readonly path: string;
  readonly version: string;
}

/** Where it is shown inside a sandbox. */
const BINARY_FOLDER_INSIDE = '/opt/claude';

const sdkPackage = z.object({ claudeCodeVersion: z.string() });

/**
 * The Claude Code that the Agent SDK brings along for this machine, in a package of its own for each platform and C library.
 * Throws if none is installed.
 */
export function findClaudeBinary(): ClaudeBinary {
  const sdk = fileURLToPath(import.meta.resolve('@anthropic-ai/claude-agent-sdk'));
  const { claudeCodeVersion: version } = sdkPackage.parse(JSON.parse(readFileSync(join(dirname(sdk), 'package.json'), 'utf8')));
  const require = createRequire(sdk);
  const platform = `@anthropic-ai/claude-agent-sdk-${process.platform}-${process.arch}`;
  const names = onMusl() ? [`${platform}-musl`, platform] : [platform, `${platform}-musl`];
  for (const name of names) {
    try {
      return { path: require.resolve(`${name}/claude`), version };
    } catch {
      continue;
    }
  }
  throw new Error(`Claude Code is not installed for ${process.platform} ${process.arch}: run npm ci without --omit=optional.`);
}

/** The folder to show inside a sandbox, and the program's name in it. */
export function binaryMount({ path }: ClaudeBinary): { readonly source: string; readonly target: string; readonly program: string } {
  return { source: dirname(path), target: BINARY_FOLDER_INSIDE, program: basename(path) };
}

function onMusl(): boolean {
  // Looking up names of its network addresses would take seconds where DNS hangs.
  Object.assign(process.report, { excludeNetwork: true });
  const report: unknown = process.report.getReport();
  const header = z.object({ header: z.object({ glibcVersionRuntime: z.string().optional() }) }).safeParse(report);
  return process.platform === 'linux' && header.data?.header.glibcVersionRuntime === undefined;
}
