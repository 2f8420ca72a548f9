import { applyItem, type Conversation, emptyConversation } from '@ai-sessions/client';
import type { DurableEvent, Session } from '@ai-sessions/protocol';
import { api } from '../../../lib/api.ts';
import { conversationMarkdown } from './conversation-markdown.ts';

export type ExportFormat = 'markdown' | 'json';

/** Fetches every event of a session and gives the browser a file of them. */
export async function exportConversation(session: Session, format: ExportFormat): Promise<void> {
  const events = await allEvents(session.id);
  const name = session.name.replace(/[^\p{L}\p{N} ._-]+/gu, '_').slice(0, 100);
  if (format === 'json') return download(`${name}.json`, 'application/json', JSON.stringify({ session, events }, null, 2));
  const state = events.reduce<Conversation>((before, event) => applyItem(before, { type: 'event', event }), emptyConversation);
  download(`${name}.md`, 'text/markdown', conversationMarkdown(session, state));
}

async function allEvents(id: string): Promise<DurableEvent[]> {
  const events: DurableEvent[] = [];
  for (;;) {
    const page = await api.call('sessionHistory', { params: { id }, query: { after_seq: events.at(-1)?.seq ?? 0, limit: 1000 } });
    // Checked by the schema of the route, whose type is too wide for its own events.
    events.push(...(page.messages as DurableEvent[]));
    if (!page.more || page.messages.length === 0) return events;
  }
}

function download(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // Not at once: the browser reads it after the click.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
