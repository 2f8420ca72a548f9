import { killUntilGone } from '../process/kill-until-gone.ts';
import { findMarked } from '../process/process-mark.ts';
import { removeCgroup } from './cgroup/cgroup-removal.ts';
import { removeTransientFolders, sandboxFolders } from './sandbox-folders.ts';
import { ownerLives, type SandboxRecord, type SandboxRecords } from './sandbox-record.ts';

const WITHIN_MS = 5_000;

/**
 * Ends every process of a sandbox and removes all that it had on the host but workspace and home. Throws if something is left after 5 s.
 * The machine is searched for the processes' mark only where no control group has held them: that reads the whole process table.
 */
export async function removeRemains(records: SandboxRecords, record: SandboxRecord): Promise<void> {
  await removeCgroup(record.cgroups, WITHIN_MS);
  if (record.cgroups.length === 0) await killMarked(record);
  await removeTransientFolders(sandboxFolders(record.root));
  await records.remove(record.incarnation);
}

/** The same for a sandbox of a dead runner, which may have been killed before what it started had joined the control group. */
export async function removeOrphan(records: SandboxRecords, record: SandboxRecord): Promise<void> {
  await killMarked(record);
  await removeRemains(records, record);
}

/**
 * Removes what dead runners left. A sandbox is spared if it is live or its runner is.
 * @returns a line for each that was removed, or that could not be
 */
export async function sweepRemains(records: SandboxRecords, isLive: (record: SandboxRecord) => boolean): Promise<string[]> {
  const report: string[] = [];
  for (const record of await records.list()) {
    if ((await ownerLives(record)) || isLive(record)) continue;
    try {
      await removeOrphan(records, record);
      report.push(`removed the sandbox of session ${record.sessionId}, left by process ${record.owner.pid}`);
    } catch (error) {
      report.push(`could not remove the sandbox of session ${record.sessionId}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return report;
}

async function killMarked({ incarnation, sessionId }: SandboxRecord): Promise<void> {
  const find = async (): Promise<number[]> => (await findMarked(incarnation)).map(({ pid }) => pid);
  const survivors = await killUntilGone(find, WITHIN_MS);
  if (survivors.length > 0) throw new Error(`processes of session ${sessionId} cannot be ended: ${survivors.join(', ')}`);
}
