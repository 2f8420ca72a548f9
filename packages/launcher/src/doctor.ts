import { type Finding, findings } from './probe.ts';
import { readSettings } from './settings.ts';

const marks: Record<Finding['state'], string> = { ok: 'ok  ', warn: 'warn', fail: 'FAIL' };

/** Prints a line for everything the system needs of this machine; ends with 1 if something would stop a session. */
const settings = readSettings(process.argv.slice(2), process.env);
const node: Finding = { name: 'node', state: 'ok', text: process.version };
const found = [node, ...(await findings('runner', settings.env)), ...(await findings('server', settings.env))];
for (const { name, state, text, mend } of found) {
  process.stdout.write(`${marks[state]}  ${name}: ${text}${mend === undefined || state === 'ok' ? '' : `\n      mend: ${mend}`}\n`);
}
process.exitCode = found.some(({ state }) => state === 'fail') ? 1 : 0;
