import type { ResultEntry } from '@ai-sessions/client';
import type { Result } from '@ai-sessions/protocol';
import { Check, CircleAlert, Square } from 'lucide-react';
import { formatCount, formatMoney, formatTime } from '../../../lib/format.ts';
import { Line } from './line.tsx';

interface ResultViewProps {
  readonly entry: ResultEntry;
  /** What went wrong stands right above. */
  readonly isTold: boolean;
}

const endings: Record<Result['subtype'], string> = {
  success: '',
  interrupted: 'Interrupted',
  error_max_turns: 'Stopped: the limit of turns per prompt is reached. Send another prompt to go on.',
  error_max_budget_usd: 'Stopped: the budget of this session is spent. Raise it in the session’s menu to go on.',
  error_during_execution: 'Stopped by an error. Send another prompt to try again.',
};

/** The end of a turn: how it ended and what it took. */
export function ResultView({ entry, isTold }: ResultViewProps) {
  const { result } = entry;
  const ending = result.subtype === 'success' && result.is_error ? 'The turn failed.' : (endings[result.subtype] ?? result.subtype);
  const failed = result.is_error && result.subtype !== 'interrupted';
  const time = formatTime(entry.at);
  const figures = <span className="text-muted-foreground tabular-nums">{figuresOf(result)}</span>;
  if (ending === '') {
    return (
      <Line icon={Check} title={time}>
        {figures}
      </Line>
    );
  }
  return (
    <Line icon={failed ? CircleAlert : Square} className={failed ? 'text-danger' : 'text-muted-foreground'} title={time}>
      <span className="font-medium">{ending}</span>
      {failed && !isTold && result.result !== '' && `\n${result.result}`}
      {failed ? '\n' : ' · '}
      {figures}
    </Line>
  );
}

function figuresOf(result: Result): string {
  const tokens = `${formatCount(result.input_tokens)} in, ${formatCount(result.output_tokens)} out`;
  return [
    `${result.num_turns} ${result.num_turns === 1 ? 'turn' : 'turns'}`,
    ...(result.input_tokens + result.output_tokens > 0 ? [tokens] : []),
    `${formatMoney(result.total_cost_usd)} so far`,
  ].join(' · ');
}
