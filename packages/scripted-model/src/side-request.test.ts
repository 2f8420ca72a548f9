import { describe, expect, test } from 'vitest';
import { messagesRequest } from './messages-request.ts';
import { sideAnswer } from './side-request.ts';

const billing = [{ type: 'text', text: 'x-anthropic-billing-header: cc_version=2.1.330' }];
const environment = { role: 'system', content: '# Environment\nYou have been invoked in the following environment: …' };
const asks = (text: string): unknown => ({ role: 'user', content: [{ type: 'text', text }] });
const bash = [{ name: 'Bash', input_schema: {} }];
const title = { format: { type: 'json_schema', schema: { type: 'object', properties: { title: { type: 'string' } } } } };

const answerTo = (request: Record<string, unknown>, userAgent?: string): string | undefined =>
  sideAnswer(messagesRequest.parse({ model: 'm', max_tokens: 32_000, messages: [asks('!play demo')], ...request }), userAgent);

describe('sideAnswer', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['a check of a key or model', { max_tokens: 1, tools: bash }, 'OK'],
    [
      'a prompt suggestion',
      { system: billing, tools: bash, messages: [asks('x'), environment, asks('[SUGGESTION MODE: Suggest')] },
      'help',
    ],
    ['a compaction', { system: billing, tools: bash, messages: [asks('CRITICAL: Respond with TEXT ONLY. Do NOT')] }, '<summary>'],
    ['a side question', { tools: bash, messages: [asks('<system-reminder>This is a side question from the user. You')] }, 'side questions'],
    ['a progress line', { tools: bash, messages: [asks('Describe your most recent action in 3-5 words using'), environment] }, 'Playing'],
    ['a title', { system: billing, tools: [], output_config: title }, '{"title":"Scripted"}'],
    ['a summary of a page', { system: billing }, 'OK'],
    ['a web search', { system: billing, tools: [{ type: 'web_search_20250305', name: 'web_search' }] }, 'OK'],
  ])('answers %s', (_, request, answer) => {
    expect(answerTo(request)).toContain(answer);
  });

  test('knows Claude Code by its user agent too', () => {
    expect(answerTo({}, 'claude-cli/2.1.330 (external, sdk-ts)')).toBe('OK');
  });

  test.each<[string, Record<string, unknown>]>([
    ['a conversation', { system: billing, tools: bash, messages: [asks('x'), environment] }],
    ['a conversation without tools', { system: billing, tools: [], messages: [asks('x'), environment] }],
    [
      'the environment in a reminder',
      { system: billing, messages: [asks(`<system-reminder>${environment.content}</system-reminder>`), asks('x')] },
    ],
    ['a conversation with a system prompt of its own', { system: [...billing, { type: 'text', text: environment.content }] }],
    ['a tool of the caller', { system: billing, tools: bash }],
    ['a client that is not Claude Code', {}],
    ['a later prompt that quotes a fixed sentence', { tools: bash, messages: [asks('why [SUGGESTION MODE: x')] }],
  ])('leaves %s to the scripts', (_, request) => {
    expect(answerTo(request)).toBeUndefined();
  });
});
