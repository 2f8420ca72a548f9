import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Transcript } from './transcript.ts';

const line = (uuid: string, parentUuid: string | null, type: string, content?: unknown, more: object = {}) =>
  JSON.stringify({
    uuid,
    parentUuid,
    type,
    isSidechain: false,
    ...(content === undefined ? {} : { message: { id: `m_${uuid}`, content, ...more } }),
  });
const call = (id: string) => [{ type: 'tool_use', id, name: 'Bash', input: { command: id } }];
const result = (id: string) => [{ type: 'tool_result', tool_use_id: id, content: 'x' }];
const said = (text: string) => [{ type: 'text', text }];

describe('Transcript', () => {
  let home: string;
  let file: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'home-'));
    const folder = join(home, '.claude/projects/-workspace');
    mkdirSync(folder, { recursive: true });
    file = join(folder, 'conversation.jsonl');
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  async function turn(...lines: string[]) {
    writeFileSync(file, `${lines.join('\n')}\n`);
    const transcript = await Transcript.find(home, 'conversation');
    return transcript?.readTurn('prompt');
  }
  const prompt = line('prompt', null, 'user', said('do it'));

  it('is not there before it is there, nor where a link leads out', async () => {
    expect(await Transcript.find(home, 'conversation')).toBeUndefined();
    writeFileSync(join(home, 'elsewhere'), '');
    symlinkSync(join(home, 'elsewhere'), file);
    expect(await Transcript.find(home, 'conversation')).toBeUndefined();
    rmSync(join(home, '.claude'), { recursive: true });
    mkdirSync(join(home, 'other/projects/-workspace'), { recursive: true });
    writeFileSync(join(home, 'other/projects/-workspace/conversation.jsonl'), '');
    symlinkSync(join(home, 'other'), join(home, '.claude'));
    expect(await Transcript.find(home, 'conversation')).toBeUndefined();
  });

  it('does not know a prompt that never arrived', async () => {
    expect(await turn(line('a', null, 'user', said('earlier')), 'no json "uuid"', '{"type":"mode"}')).toMatchObject({ hasPrompt: false });
  });

  it('knows a turn that came to its end', async () => {
    expect(await turn(prompt, line('a', 'prompt', 'assistant', said('all done'), { stop_reason: 'end_turn' }))).toMatchObject({
      hasPrompt: true,
      finished: 'all done',
    });
    expect(await turn(prompt, line('a', 'prompt', 'assistant', said('all d'), { stop_reason: null }))).toMatchObject({
      finished: undefined,
    });
    expect(await turn(prompt, line('a', 'prompt', 'user', said('Continue')))).toMatchObject({ finished: undefined });
  });

  it('finds the calls without a result, on the branch that is left', async () => {
    const lines = [
      prompt,
      line('a', 'prompt', 'assistant', call('dropped')),
      line('b', 'prompt', 'user', said('Continue')),
      line('c', 'b', 'assistant', call('done')),
    ];
    const rest = [
      line('d', 'c', 'assistant', call('open')),
      line('e', 'c', 'user', result('done')),
      line('f', 'd', 'attachment'),
      line('g', 'd', 'assistant', call('open too')),
    ];
    const read = await turn(...lines, ...rest);
    expect(read?.unfinished.map(({ id }) => id)).toEqual(['open', 'open too']);
  });

  it('takes results in for calls that have none', async () => {
    await turn(prompt, line('a', 'prompt', 'assistant', call('one')), line('b', 'a', 'assistant', call('two')));
    const transcript = await Transcript.find(home, 'conversation');
    await transcript?.addResults([
      { id: 'one', text: 'unknown' },
      { id: 'two', text: 'unknown' },
    ]);
    expect(await transcript?.readTurn('prompt')).toMatchObject({ hasPrompt: true, unfinished: [] });
    const last = readFileSync(file, 'utf8').trim().split('\n').at(-1) ?? '';
    expect(JSON.parse(last)).toMatchObject({
      type: 'user',
      sourceToolAssistantUUID: 'b',
      message: { content: [{ tool_use_id: 'two', is_error: true }] },
    });
  });

  it('is read past a line that is larger than any of Claude Code’s', async () => {
    const hole = Buffer.alloc(40 << 20, 'x').toString();
    expect(await turn(prompt, `{"uuid":"${hole}"}`, line('a', 'prompt', 'assistant', call('one')))).toMatchObject({
      hasPrompt: true,
      unfinished: [{ id: 'one' }],
    });
  });

  it('is not read where the session made it so large that it would keep the runner from everything else', async () => {
    await turn(prompt);
    truncateSync(file, 5 * 2 ** 30);
    const transcript = await Transcript.find(home, 'conversation');
    await expect(transcript?.readTurn('prompt')).rejects.toThrow('larger than any');
  });
});
