import { randomUUID } from 'node:crypto';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type ChangedFile, type WorkspaceChange, changedFile, workspaceChanges } from '@ai-sessions/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { System } from '../harness/system.ts';
import { until } from '../harness/until.ts';
import { type User, type Viewer, script } from '../harness/user.ts';

let system: System;
let user: User;
let id: string;
let viewer: Viewer;
let turns = 0;

beforeAll(async () => {
  system = await System.start({ env: { AI_SESSIONS_IDLE_TIMEOUT: '4s' } });
  user = await system.user();
  ({ id } = await user.createSession({ permission_mode: 'bypassPermissions' }));
  viewer = await user.view(id);
});
afterAll(async () => {
  await system?.[Symbol.asyncDispose]();
});

/** A turn with a command, which begins once the runner has kept what the workspace was like before: on a busy machine that can take longer. */
async function run(command: string): Promise<void> {
  turns += 1;
  const folder = path.join(system.dataDir, 'runner', 'sessions', id);
  const kept = (): number => statSync(path.join(folder, 'baseline-prompt.json'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const before = kept();
  const patient = `until [ -e ~/go-${turns} ]; do sleep 0.05; done; ${command}`;
  viewer.prompt(
    script({ tools: [{ name: 'Bash', input: { command: patient, description: 'a test' } }] }, { text: 'done: {{last_tool_result}}' }),
  );
  await until(() => kept() !== before);
  writeFileSync(path.join(folder, 'home', `go-${turns}`), '');
  expect((await viewer.result(turns)).is_error).toBe(false);
}

async function changes(since = 'start'): Promise<WorkspaceChange[]> {
  const { body } = await user.call('GET', `/v1/sessions/${id}/changes?since=${since}`, undefined, 200);
  return workspaceChanges.parse(body).changes;
}

async function change(path: string, since = 'start'): Promise<ChangedFile> {
  const query = new URLSearchParams({ path, since });
  return changedFile.parse((await user.call('GET', `/v1/sessions/${id}/changes/file?${query.toString()}`, undefined, 200)).body);
}

const told = (all: WorkspaceChange[]) => all.map(({ path, status, against }) => `${path} ${status} ${against}`);

test('files outside of a repository are compared with the session’s start, or its last prompt', async () => {
  expect(await changes()).toEqual([]);
  await run(String.raw`printf 'one\ntwo\n' > a.txt; printf 'x\0y' > binary; mkdir sub; echo kept > sub/kept.txt`);
  expect(told(await changes())).toEqual(['a.txt added start', 'binary added start', 'sub/kept.txt added start']);
  await run(String.raw`printf 'one\n2\n' > a.txt; rm sub/kept.txt`);
  expect(told(await changes())).toEqual(['a.txt added start', 'binary added start']);
  expect(told(await changes('prompt'))).toEqual(['a.txt modified prompt', 'sub/kept.txt deleted prompt']);
  expect(await change('a.txt', 'prompt')).toMatchObject({ status: 'modified', before: 'one\ntwo\n', after: 'one\n2\n' });
  expect(await change('a.txt')).toMatchObject({ status: 'added', before: null, after: 'one\n2\n', additions: 2 });
  expect(await change('sub/kept.txt', 'prompt')).toMatchObject({ status: 'deleted', before: 'kept\n', after: null });
  expect(await change('binary')).toMatchObject({ status: 'added', omitted: 'binary', after: null });
  expect((await user.call('GET', `/v1/sessions/${id}/changes/file?path=nothing`)).status).toBe(404);
  expect((await user.call('GET', `/v1/sessions/${id}/changes/file?path=../../x`)).body).toMatchObject({ error: 'invalid_path' });
});

test('in a repository they are git’s, and nothing that the repository says runs on the host', async () => {
  const trap = `/tmp/trap-${randomUUID()}`;
  const trapped = `#!/bin/sh\\ntouch ${trap}\\n`;
  await run(
    `mkdir repo && cd repo && git init -q && printf 'a\\nb\\n' > tracked && echo gone > removed && printf 'ignored\\n' > .gitignore && ` +
      `git add . && git -c user.name=t -c user.email=t@t commit -qm first && ` +
      `printf '${trapped}' > trap.sh && chmod +x trap.sh && ` +
      `git config core.fsmonitor $PWD/trap.sh && git config diff.external $PWD/trap.sh && git config core.hooksPath $PWD && ` +
      `git config filter.evil.clean $PWD/trap.sh && git config diff.evil.textconv $PWD/trap.sh && printf '* filter=evil diff=evil\\n' > .gitattributes && ` +
      `printf 'a\\nB\\nc\\n' > tracked && rm removed && echo new > new.txt && echo x > ignored`,
  );
  const found = (await changes()).filter(({ path }) => path.startsWith('repo/'));
  expect(told(found)).toEqual(
    expect.arrayContaining(['repo/new.txt added commit', 'repo/removed deleted commit', 'repo/tracked modified commit']),
  );
  expect(told(found).join()).not.toContain('repo/ignored');
  expect(await change('repo/tracked')).toMatchObject({ status: 'modified', before: 'a\nb\n', after: 'a\nB\nc\n', against: 'commit' });
  expect(await change('repo/removed')).toMatchObject({ status: 'deleted', before: 'gone\n', after: null });
  expect(existsSync(trap)).toBe(false);
});

test('a session that sleeps tells its changes without waking', async () => {
  await user.sessionBecomes(id, { activity: 'hibernated' });
  expect(told(await changes())).toContain('repo/tracked modified commit');
  expect((await change('repo/tracked')).before).toBe('a\nb\n');
  expect((await user.session(id)).activity).toBe('hibernated');
  await run('cat a.txt');
  expect(viewer.text()).toContain('done: one');
});

test('a folder is downloaded as a zip archive', async () => {
  const { body } = await user.call('POST', `/v1/io/sessions/${id}/download`, { path: 'repo', archive: 'zip' }, 200);
  const reply = await fetch(String(body['download_url']));
  expect(reply.headers.get('content-disposition')).toContain('repo.zip');
  const archive = Buffer.from(await reply.arrayBuffer());
  expect(archive.length).toBe(body['size']);
  expect(archive.subarray(0, 4).toString('latin1')).toBe('PK\u0003\u0004');
  expect(archive.includes('tracked')).toBe(true);
});
