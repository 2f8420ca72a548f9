import { blocksOf, type MessagesRequest, type Tool } from './messages-request.ts';
import { sampleOf } from './schema-sample.ts';

/**
 * The answer to a request that Claude Code makes for itself; undefined when the request belongs to a conversation.
 *
 * Told apart by what Claude Code 2.1.330 was seen to send:
 * - checking a key or a model asks for `max_tokens: 1`;
 * - a prompt suggestion, a compaction, a `/btw` side question and a subagent's progress line carry the whole conversation
 *   with its tools, and a text of their last user message begins with a fixed sentence;
 * - titles, summaries of fetched pages, web searches and classifications are single questions: no tools, or only ones
 *   that Anthropic's servers run, and nowhere the description of the environment that Claude Code gives to every
 *   conversation, those without tools and those of subagents too.
 * A request that is not Claude Code's (curl, an SDK) is always a conversation, tools or not.
 */
export function sideAnswer(request: MessagesRequest, userAgent = ''): string | undefined {
  if (request.max_tokens <= 1) return 'OK';
  const texts = lastUserTexts(request);
  const fixed = fixedAnswers.find(({ opening }) => texts.some((text) => text.startsWith(opening)));
  if (fixed !== undefined) return fixed.answer;
  return isSingleQuestion(request, userAgent) ? singleAnswer(request) : undefined;
}

const fixedAnswers = [
  { opening: '[SUGGESTION MODE:', answer: 'help' },
  { opening: 'Describe your most recent action in 3-5 words', answer: 'Playing the script' },
  { opening: '<system-reminder>This is a side question from the user.', answer: 'The scripted model has no answer to side questions.' },
  {
    opening: 'CRITICAL: Respond with TEXT ONLY.',
    answer:
      '<analysis>The conversation was played by the scripted model.</analysis>\n' +
      '<summary>The scripted model answered the earlier prompts. Nothing is left to do.</summary>',
  },
];

function lastUserTexts({ messages }: MessagesRequest): string[] {
  const last = messages.findLast(({ role }) => role === 'user');
  return last === undefined ? [] : blocksOf(last).flatMap(({ type, text }) => (type === 'text' && text !== undefined ? [text] : []));
}

function isSingleQuestion({ system, tools, messages }: MessagesRequest, userAgent: string): boolean {
  if ((tools ?? []).some(isClientTool)) return false;
  const instructions = JSON.stringify(system ?? '');
  const isClaudeCode = userAgent.startsWith('claude-cli/') || instructions.includes('x-anthropic-billing-header');
  if (!isClaudeCode) return false;
  const texts = messages.flatMap(blocksOf).flatMap(({ text }) => text ?? []);
  return ![instructions, ...texts].some((text) => text.includes(environment));
}

/** A tool without a `type`, or with this one, is run by the caller. */
function isClientTool({ type }: Tool): boolean {
  return type === undefined || type === 'custom';
}

const environment = 'You have been invoked in the following environment';

function singleAnswer({ output_config: outputConfig }: MessagesRequest): string {
  const format = outputConfig?.format;
  return format?.type === 'json_schema' ? JSON.stringify(sampleOf(format.schema)) : 'OK';
}
