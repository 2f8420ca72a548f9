import { applyItem, type Conversation, emptyConversation } from '@ai-sessions/client';
import type { DurableEvent, NewEvent } from '@ai-sessions/protocol';
import { expect, test } from 'vitest';
import { conversationMarkdown } from './conversation-markdown.ts';

const at = '2026-01-01T00:00:00.000Z';
const add = (state: Conversation, event: NewEvent): Conversation =>
  applyItem(state, { type: 'event', event: { ...event, seq: state.lastSeq + 1, timestamp: at, session_id: 'ses_1' } as DurableEvent });

test('what was said stands open, what was done is folded under its summary', () => {
  const events: NewEvent[] = [
    { type: 'user', payload: { prompt_id: 'pmt_1', content: [{ type: 'text', text: 'Look\nand tell' }] } },
    { type: 'assistant', payload: { message_id: 'm1', model: 'm', content: [{ type: 'thinking', thinking: 'Hm.' }] } },
    { type: 'tool_use', payload: { id: 't1', name: 'Bash', input: { command: 'cat <a> && echo ```' } } },
    { type: 'tool_result', payload: { tool_use_id: 't1', content: 'Exit code 1\nno', is_error: true } },
    { type: 'assistant', payload: { message_id: 'm2', model: 'm', content: [{ type: 'text', text: 'It is **gone**.' }] } },
  ];
  const text = conversationMarkdown({ id: 'ses_1', name: 'Case 7', created_at: at }, events.reduce(add, emptyConversation));
  expect(text).toBe(`# Case 7

Session ses_1, created ${at}

## ${at}

> Look
> and tell

<details><summary>Thought</summary>

Hm.

</details>

<details><summary>Bash cat &lt;a&gt; &amp;&amp; echo \`\`\` (failed)</summary>

\`\`\`\`sh
cat <a> && echo \`\`\`
\`\`\`\`

\`\`\`
Exit code 1
no
\`\`\`

</details>

It is **gone**.
`);
});
