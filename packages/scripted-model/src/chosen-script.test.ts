import { describe, expect, test } from 'vitest';
import { builtInScripts } from './built-in-scripts.ts';
import { chooseScript } from './chosen-script.ts';
import type { Conversation } from './conversation.ts';
import { parseRules } from './rule.ts';
import { demoRules } from './scripts/demo-rules.ts';

const asking = (prompt: string, promptIndex = 0): Conversation => ({
  opening: prompt,
  prompt,
  promptIndex,
  stepIndex: 0,
  lastToolResult: '',
  toolFailed: false,
});
const rules = parseRules([
  { match: '^add (\\d+)', script: { steps: [{ text: 'sum' }] } },
  { match: 'help', script: 'help' },
  { match: 'lost', script: 'nowhere' },
]);
const texts = (prompt: string): (string | undefined)[] => chooseScript(asking(prompt), rules).script.steps.map(({ text }) => text);

describe('chooseScript', () => {
  test.each([
    ['a script in the prompt', '!script {"steps":[{"text":"own"}]}\nadd 1', 'own'],
    ['a broken script', '!script {"steps":1}', 'This script cannot be played'],
    ['a built-in script', '!play read', 'Looking at the workspace.'],
    ['an unknown name', '!play toString', 'There is no built-in script “toString”. There are: demo, tour'],
    ['the first rule that matches', 'add 12 help', 'sum'],
    ['a rule with a name', 'please help', 'I am a scripted model'],
    ['a rule with an unknown name', 'lost', 'no built-in script “nowhere”'],
    ['nothing that matches', 'else', 'You wrote: {{prompt}}'],
  ])('plays %s', (_, prompt, text) => {
    expect(texts(prompt)[0]).toContain(text);
  });

  test('gives the prompt without the line that names the script', () => {
    expect(chooseScript(asking('one\n!play help\ntwo'), []).prompt).toBe('one\ntwo');
  });
});

test.each([[[{ match: '(', script: 'demo' }]], [[{ match: '', script: { steps: [{ txt: 'x' }] } }]], [[{ match: '', script: '' }]]])(
  'parseRules refuses %j',
  (sources) => {
    expect(() => parseRules(sources as never)).toThrow();
  },
);

describe('demo', () => {
  const demo = (prompt: string, promptIndex: number): unknown => chooseScript(asking(prompt, promptIndex), parseRules(demoRules)).script;

  test('begins with the tour, whatever the prompt', () => {
    expect(demo('read', 0)).toBe(builtInScripts.tour());
  });

  test.each(['read', 'write', 'ask', 'stream', 'fail', 'retry', 'help'] as const)('then knows the word %s', (word) => {
    expect(demo(`please ${word.toUpperCase()}!`, 1)).toBe(builtInScripts[word]());
  });

  test('and has a friendly word for everything else', () => {
    expect(demo('already rewritten', 1)).toMatchObject({ steps: [{ text: expect.stringContaining('scripted model') }] });
  });
});
