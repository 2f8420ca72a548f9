import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { promptUuid } from '../claude/prompt-uuid.ts';
import { planResume, type ResumeQuestion } from './resume-turn.ts';

describe('a turn that Claude Code left by dying', () => {
  let hostHome: string;
  beforeEach(() => {
    hostHome = mkdtempSync(join(tmpdir(), 'home-'));
    mkdirSync(join(hostHome, '.claude/projects/-workspace'), { recursive: true });
  });
  afterEach(() => rmSync(hostHome, { recursive: true, force: true }));

  const uuid = promptUuid('pmt_1');
  const entry = (id: string, parentUuid: string | null, type: string, block: object) => ({
    uuid: id,
    parentUuid,
    type,
    isSidechain: false,
    message: { id: `m_${id}`, content: [block] },
  });
  const prompt = entry(uuid, null, 'user', { type: 'text', text: 'do it' });
  const written = (id: string) => entry('a', uuid, 'assistant', { type: 'tool_use', id, name: 'Bash', input: { command: id } });

  function plan(entries: readonly object[], seen: ResumeQuestion['calls'], waiting: readonly string[] = []) {
    const lines = entries.map((one) => JSON.stringify(one)).join('\n');
    writeFileSync(join(hostHome, '.claude/projects/-workspace/conversation.jsonl'), `${lines}\n`);
    return planResume({
      hostHome,
      conversationId: 'conversation',
      promptId: 'pmt_1',
      begun: true,
      acted: seen.length > 0,
      calls: seen,
      isWaiting: ({ id }) => waiting.includes(id),
    });
  }

  it('is gone on with when all that it did is in the record', async () => {
    expect(await plan([prompt], [])).toMatchObject({ continueTurn: true, resumption: { kind: 'goes_on' } });
    expect(await plan([prompt, written('c1')], [{ id: 'c1', name: 'Bash' }])).toMatchObject({ continueTurn: true });
  });

  it('ends, and says so, when it made a call of which the record knows nothing: the model would make it again', async () => {
    const ended = { resume: true, continueTurn: false, resumption: { kind: 'impossible' } };
    expect(await plan([prompt], [{ id: 'c1', name: 'Bash' }])).toMatchObject(ended);
    expect(
      await plan(
        [prompt, written('c1')],
        [
          { id: 'c1', name: 'Bash' },
          { id: 'c2', name: 'Bash' },
        ],
      ),
    ).toMatchObject(ended);
  });

  it('is gone on with when such a call only read, or waited for the user, who is asked again', async () => {
    expect(await plan([prompt], [{ id: 'c1', name: 'Read' }])).toMatchObject({ continueTurn: true });
    expect(await plan([prompt], [{ id: 'c1', name: 'Bash' }], ['c1'])).toMatchObject({ continueTurn: true });
  });
});
