import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CanUseTool, SDKMessage, SDKUserMessage } from '@anthropic-ai/claude-agent-sdk';
import { describe, expect, onTestFinished, test } from 'vitest';
import { assistantTexts, converse, startClaude, userMessage } from './fixture/claude-conversation.ts';
import { modelOfTest } from './fixture/model-of-test.ts';
import { scriptPrompt } from './script-prompt.ts';
import { demoRules } from './scripts/demo-rules.ts';

const allow: CanUseTool = async (_, input) => ({ behavior: 'allow', updatedInput: input });
const deny: CanUseTool = async () => ({ behavior: 'deny', message: 'The user said no.' });
const long = 'A text that is long enough to be sent in several pieces.';

const retries = (messages: SDKMessage[]): unknown[] =>
  messages.filter((message) => message.type === 'system' && message.subtype === 'api_retry');

describe('the real Claude Code', { timeout: 60_000 }, () => {
  test('shows an answer, with the key and the usage that were sent', async () => {
    const model = await modelOfTest();
    const { results, messages } = await converse({ url: model.url, prompts: [scriptPrompt([{ thinking: 'Hm.', text: long }])] });
    expect(results).toMatchObject([{ is_error: false, result: long }]);
    expect(results[0]?.usage.output_tokens).toBe(Math.ceil((long.length + 'Hm.'.length) / 4));
    const typed = messages.flatMap((message) =>
      message.type === 'stream_event' && message.event.type === 'content_block_delta' && message.event.delta.type === 'text_delta'
        ? [message.event.delta.text]
        : [],
    );
    expect(typed.length).toBeGreaterThan(1);
    expect(typed.join('')).toBe(long);
    expect(model.credentialsSeen()).toEqual(['sk-ant-dummy']);
  });

  test('runs tools and hands back what they said', async () => {
    const model = await modelOfTest();
    const tools = ['one', 'two'].map((word) => ({ name: 'Bash', input: { command: `echo ${word}` } }));
    const prompt = scriptPrompt([{ text: 'Running.', tools }, { text: 'Last: {{last_tool_result}}' }]);
    const { messages } = await converse({ url: model.url, prompts: [prompt] });
    expect(assistantTexts(messages)).toEqual(['Running.', 'Last: two']);
    expect(model.requests).toHaveLength(2);
  });

  test('tries again after a 529', async () => {
    const model = await modelOfTest();
    const { messages, results } = await converse({
      url: model.url,
      prompts: [scriptPrompt([{ text: long, error: { status: 529, times: 1 } }])],
    });
    expect(results).toMatchObject([{ is_error: false, result: long }]);
    expect(retries(messages)).toMatchObject([{ error_status: 529 }]);
  });

  test('recovers from a cut in the middle of a stream', async () => {
    const model = await modelOfTest();
    const { messages, results } = await converse({
      url: model.url,
      prompts: [scriptPrompt([{ text: long, cut_after_deltas: 2, times: 1 }])],
    });
    expect(results).toMatchObject([{ is_error: false, result: long }]);
    expect(retries(messages)).toHaveLength(1);
  });

  test('asks without stream after an error event in the middle of a stream', async () => {
    const model = await modelOfTest();
    const { results } = await converse({ url: model.url, prompts: [scriptPrompt([{ text: long, error_after_deltas: 2, times: 1 }])] });
    expect(results).toMatchObject([{ is_error: false, result: long }]);
    expect(model.requests.map(({ body }) => body)).toMatchObject([{ stream: true }, { stream: false }]);
  });

  test('plays the script of a subagent in the subagent', async () => {
    const model = await modelOfTest();
    const inner = scriptPrompt([
      { tools: [{ name: 'Bash', input: { command: 'echo inner' } }] },
      { text: 'Subagent: {{last_tool_result}}' },
    ]);
    const input = { description: 'Echo', subagent_type: 'general-purpose', prompt: inner, run_in_background: false };
    const prompt = scriptPrompt([{ tools: [{ name: 'Agent', input }] }, { text: 'It said: {{last_tool_result}}' }]);
    const { messages } = await converse({ url: model.url, prompts: [prompt] });
    expect(assistantTexts(messages)[0]).toMatch(/^It said: .*Subagent: inner/s);
  });

  test('goes on with the script when a subagent in the background ends', async () => {
    const model = await modelOfTest();
    const input = { description: 'Say', subagent_type: 'general-purpose', prompt: scriptPrompt([{ text: 'inner' }]) };
    const prompt = scriptPrompt([{ tools: [{ name: 'Agent', input }] }, { text: 'Launched.' }, { text: 'Notified.' }]);
    const { messages } = await converse({ url: model.url, prompts: [prompt], turns: 2 });
    expect(assistantTexts(messages)).toEqual(['Launched.', 'Notified.']);
  });

  test('makes requests of its own that play nothing', async () => {
    const model = await modelOfTest();
    const prompt = scriptPrompt([{ text: 'Played.' }]);
    const { messages } = await converse({
      url: model.url,
      prompts: [prompt, '/compact', prompt],
      betweenTurns: (claude) => claude.setModel('claude-sonnet-4-5'),
    });
    expect(assistantTexts(messages)).toEqual(['Played.', 'Played.']);
    expect(JSON.stringify(messages)).toContain('The scripted model answered the earlier prompts.');
    expect(model.requests.map(({ body }) => body)).toContainEqual(expect.objectContaining({ max_tokens: 1 }));
  });

  test.each(['claude-opus-5-5', 'claude-haiku-4-5'])('hands a prompt that comes during a tool to the running turn (%s)', async (name) => {
    const model = await modelOfTest();
    const second = userMessage(scriptPrompt([{ text: 'Second.' }]));
    const [asked, queued, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    async function* input(): AsyncGenerator<SDKUserMessage> {
      yield userMessage(scriptPrompt([{ tools: [{ name: 'Bash', input: { command: 'touch x' } }] }, { text: 'First.' }]));
      await asked.promise;
      yield second;
      await ended.promise;
    }
    const folder = await mkdtemp(join(tmpdir(), 'scripted-model-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const canUseTool: CanUseTool = async (_, toolInput) => {
      asked.resolve();
      await queued.promise;
      return { behavior: 'allow', updatedInput: toolInput };
    };
    const messages: SDKMessage[] = [];
    for await (const message of startClaude(input(), { url: model.url, home: folder, cwd: folder, model: name, canUseTool })) {
      messages.push(message);
      if (JSON.stringify(message).includes(`"${second.uuid}","state":"queued"`)) queued.resolve();
      if (message.type === 'result') ended.resolve();
    }
    expect(assistantTexts(messages)).toEqual(['Second.']);
  });
});

describe('the demo', { timeout: 60_000 }, () => {
  test('shows a newcomer around', async () => {
    const model = await modelOfTest({ rules: demoRules });
    let written = '';
    const { messages, results } = await converse({
      url: model.url,
      prompts: ['hello', 'write', 'nonsense'],
      canUseTool: allow,
      inspect: async (cwd) => {
        written = await readFile(join(cwd, 'hello.md'), 'utf8');
      },
    });
    const texts = assistantTexts(messages);
    expect(texts[0]).toContain('I am a scripted model, not Claude');
    expect(texts[2]).toContain('You allowed it');
    expect(texts[3]).toContain('The file is written');
    expect(texts.at(-2)).toContain('`hello.txt` now says');
    expect(texts.at(-1)).toContain('Try `read`');
    expect(written).toContain('# Hello');
    expect(results.map(({ is_error: isError }) => isError)).toEqual([false, false, false]);
  });

  test('takes a denial well', async () => {
    const model = await modelOfTest({ rules: demoRules });
    const { messages, results } = await converse({ url: model.url, prompts: ['hello'], canUseTool: deny });
    expect(assistantTexts(messages).join('\n')).toMatch(/\*\*not run\*\*.*The user said no\./s);
    expect(results).toMatchObject([{ is_error: false, permission_denials: [{ tool_name: 'Bash' }, { tool_name: 'Write' }] }]);
  });

  test('asks a question and fails honestly', async () => {
    const model = await modelOfTest({ rules: demoRules });
    const answer: CanUseTool = async (tool, input) =>
      tool === 'AskUserQuestion'
        ? { behavior: 'allow', updatedInput: { ...input, answers: { 'Which language shall the example be in?': 'Rust' } } }
        : { behavior: 'allow', updatedInput: input };
    const { messages, results } = await converse({ url: model.url, prompts: ['hello', 'ask', 'fail'], canUseTool: answer });
    expect(assistantTexts(messages).join('\n')).toContain('Rust');
    expect(results.at(-1)).toMatchObject({ is_error: true, result: expect.stringContaining('You said “fail”') });
  });
});
