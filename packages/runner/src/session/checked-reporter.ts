import { live as liveSchema, type Live, type Report, report as reportSchema } from '@ai-sessions/protocol';
import type { Logger } from 'pino';
import type { Reporter } from '../reporter.ts';

/** A prompt of 1 MB, its every character escaped, still fits; a delta is a few words. */
const REPORT_BYTES = 4_000_000;
const DELTA_CHARS = 256 * 1024;

/**
 * Lets nothing through that the server would not take. What is inside a sandbox may write what it likes to Claude
 * Code's own output, and one bad report, kept and sent again for ever, would stop those of all sessions.
 */
export function checkedReporter(reporter: Reporter, log: Logger): Reporter {
  return {
    report(told: Report) {
      const parsed = reportSchema.safeParse(told);
      const bytes = parsed.success ? Buffer.byteLength(JSON.stringify(parsed.data)) : 0;
      if (parsed.success && bytes <= REPORT_BYTES) return reporter.report(parsed.data);
      log.warn({ kind: told.kind, bytes }, 'a report is dropped: it is malformed or too big');
      if (told.kind !== 'event') return;
      const payload = { subtype: 'dropped', message: `Something that Claude Code told (${told.type}) could not be kept.` };
      reporter.report({ kind: 'event', type: 'system', payload });
    },
    get room() {
      return reporter.room;
    },
    live(told: Live) {
      const { text = '', thinking = '', partial_json = '' } = told.payload;
      if (text.length + thinking.length + partial_json.length > DELTA_CHARS || !liveSchema.safeParse(told).success) return;
      reporter.live(told);
    },
  };
}
