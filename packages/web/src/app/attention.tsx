import { useEffect, useRef } from 'react';
import { askText } from '../components/asks/ask-text.ts';
import { notify } from '../lib/notifications.ts';
import { useOpenAsks } from '../lib/open-asks.ts';
import { useTitleMark } from '../lib/page-title.ts';
import { navigate, paths } from '../lib/router.tsx';

/** Calls the user when something new waits: the count before the tab's title, and a notification while the page is not looked at. */
export function Attention() {
  const { data } = useOpenAsks();
  const asks = data?.asks;
  const told = useRef<ReadonlySet<string> | undefined>(undefined);
  useTitleMark(asks === undefined || asks.length === 0 ? '' : `(${asks.length}) `);
  useEffect(() => {
    if (asks === undefined) return;
    const before = told.current;
    told.current = new Set(asks.map((ask) => ask.id));
    // What was open before the page is no news.
    if (before === undefined || document.hasFocus()) return;
    for (const ask of asks) {
      if (before.has(ask.id)) continue;
      const body = ask.kind === 'question' ? (ask.questions[0]?.question ?? 'Claude asks you') : askText(ask);
      notify(ask.session_name, { body, tag: ask.id, onOpen: () => navigate(paths.session(ask.session_id)) });
    }
  }, [asks]);
  return null;
}
