import { scriptPrompt } from '@ai-sessions/scripted-model';
import { alternate } from '../alternate.ts';
import type { Bench } from '../bench.ts';
import { type Measurement, atMostTimes } from '../measurement.ts';
import { warmPair } from '../warm-pair.ts';

const rounds = 12;

/** A whole turn on a warm session: a model call, one Bash command that needs no approval, a second model call, the result. */
export async function measureTurn(bench: Bench): Promise<Measurement[]> {
  await using pair = await warmPair(bench);
  const prompt = scriptPrompt([{ tools: [{ name: 'Bash', input: { command: 'echo bench' } }] }, { text: '{{last_tool_result}}' }]);
  const samples = await alternate(
    bench.rounds(rounds),
    async () => (await pair.ourTurn(prompt, () => Promise.resolve())).durationMs,
    async () => (await pair.sdkTurn(prompt, () => Promise.resolve())).durationMs,
  );
  return [{ name: 'turn with one tool call', unit: 'ms', ...samples, goal: atMostTimes(samples.ours, samples.floor, 1.1) }];
}
