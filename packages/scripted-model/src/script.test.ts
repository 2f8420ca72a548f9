import { describe, expect, test } from 'vitest';
import { parseScript } from './script.ts';

describe('parseScript', () => {
  test('fills in the defaults', () => {
    const parsed = parseScript('{"steps":[{"text":"Hi","tools":[{"name":"Bash"}],"deltas":{"count":3}}]}');
    expect(parsed).toEqual({
      ok: true,
      script: { steps: [{ text: 'Hi', chunk: 12, tools: [{ name: 'Bash', input: {} }], deltas: { count: 3, per_second: 100, size: 0 } }] },
    });
  });

  test.each([
    ['{"steps":[', 'it is not JSON'],
    ['{}', 'steps'],
    ['{"steps":[{"txt":"Hi"}]}', 'txt'],
    ['{"steps":[{"error":{"status":418}}]}', 'status'],
    ['{"steps":[{"stop_reason":"tired"}]}', 'stop_reason'],
    ['{"steps":[{"cut_after_deltas":1,"eof_after_deltas":1}]}', 'at most one of'],
    ['{"steps":[{"hold_after_deltas":1}]}', 'hold_after_deltas needs hold'],
    ['{"steps":[{"tools":[]}]}', 'tools'],
    ['{"steps":[{"deltas":{"count":0}}]}', 'count'],
    ['{"steps":[{"on_tool_error":{"on_tool_error":{}}}]}', 'on_tool_error'],
  ])('names what is wrong with %s', (json, named) => {
    const parsed = parseScript(json);
    expect(parsed).toMatchObject({ ok: false, problem: expect.stringContaining(named) });
  });
});
