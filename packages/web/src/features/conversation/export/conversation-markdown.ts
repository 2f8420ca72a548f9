import { type Conversation, type Entry, rootThread, type TaskList, threadOf, type ToolEntry } from '@ai-sessions/client';
import type { Result, Session } from '@ai-sessions/protocol';
import { prettyJson, textField } from '../../../components/tools/tool-input.ts';
import { resultText } from '../../../components/tools/tool-result-text.ts';
import { toolSummary } from '../../../components/tools/tool-summary.ts';

/** A conversation as a document: what was asked and answered as it is, what was done folded away under its one-line summary. */
export function conversationMarkdown(session: Pick<Session, 'id' | 'name' | 'created_at'>, state: Conversation): string {
  const head = `# ${session.name}\n\nSession ${session.id}, created ${session.created_at}`;
  return `${[head, ...thread(state, rootThread)].join('\n\n')}\n`;
}

function thread(state: Conversation, id: string): string[] {
  return [...threadOf(state, id)].map((entry) => entryText(state, entry)).filter((text) => text !== '');
}

function entryText(state: Conversation, entry: Entry): string {
  switch (entry.kind) {
    case 'prompt':
      return entry.status === 'cancelled' ? '' : `## ${entry.at}\n\n${quoted(entry.text)}`;
    case 'text':
      return entry.text;
    case 'thinking':
      return folded('Thought', entry.text);
    case 'tool':
      return entry.name === 'AskUserQuestion' ? '' : toolText(state, entry);
    case 'question': {
      const answers = Object.entries(entry.resolution?.answers ?? {}).map(([question, answer]) => `- ${question} **${answer}**`);
      return answers.length > 0 ? answers.join('\n') : entry.questions.map(({ question }) => `- ${question} *(not answered)*`).join('\n');
    }
    case 'system':
      return `*${entry.message}*`;
    case 'result':
      return resultLine(entry.result);
    case 'end':
      return `*The session ended: ${entry.end.reason}.*`;
    case 'note':
    case 'other':
      return '';
    default: {
      const unreachable: never = entry;
      return unreachable;
    }
  }
}

function toolText(state: Conversation, entry: ToolEntry): string {
  const { title, detail } = toolSummary(entry.name, entry.input, entry.tasks);
  const command = entry.name === 'Bash' ? textField(entry.input, 'command') : undefined;
  const output = entry.result === undefined ? '' : resultText(entry.result.content);
  const parts = [
    entry.tasks === undefined ? fenced(command ?? prettyJson(entry.input), command === undefined ? 'json' : 'sh') : checklist(entry.tasks),
    ...thread(state, entry.id),
    ...(output === '' ? [] : [fenced(output, '')]),
  ];
  const outcome = entry.approval?.status === 'denied' ? ' (denied)' : entry.result?.isError === true ? ' (failed)' : '';
  return folded(`${title} ${detail}`.trim() + outcome, parts.join('\n\n'));
}

function checklist(tasks: TaskList): string {
  return tasks.map(({ subject, status }) => `- [${status === 'completed' ? 'x' : ' '}] ${subject}`).join('\n');
}

function resultLine({ subtype, num_turns, total_cost_usd }: Result): string {
  return `*${subtype === 'success' ? 'Done' : subtype.replaceAll('_', ' ')}, ${num_turns} ${num_turns === 1 ? 'turn' : 'turns'}, $${total_cost_usd.toFixed(4)} so far.*`;
}

function quoted(text: string): string {
  return text
    .split('\n')
    .map((line) => `> ${line}`.trimEnd())
    .join('\n');
}

function folded(summary: string, body: string): string {
  const plain = summary.replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign] ?? sign);
  return `<details><summary>${plain}</summary>\n\n${body}\n\n</details>`;
}

/** A code block whose fence is longer than any within. */
function fenced(text: string, language: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}
