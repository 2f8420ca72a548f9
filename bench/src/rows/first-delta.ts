import { scriptPrompt } from '@ai-sessions/scripted-model';
import { textDelta } from '../agent-sdk-session.ts';
import { alternate } from '../alternate.ts';
import type { Bench } from '../bench.ts';
import { type Measurement, atMostMore } from '../measurement.ts';
import { warmPair } from '../warm-pair.ts';

const rounds = 50;

/**
 * On a warm, idle session: from sending the `prompt` frame to the first `assistant_delta`; against handing the SDK a user
 * message until its first text delta. The model answers at once, so this is all that lies between, both ways.
 */
export async function measureFirstDelta(bench: Bench): Promise<Measurement[]> {
  await using pair = await warmPair(bench);
  const { signal } = bench;
  const prompt = scriptPrompt([{ text: 'Hello.' }]);

  const samples = await alternate(
    bench.rounds(rounds),
    async () => {
      const { result, sentAt } = await pair.ourTurn(prompt, () => pair.viewer.arrival('assistant_delta', signal));
      return result - sentAt;
    },
    async () => {
      const { result, sentAt } = await pair.sdkTurn(prompt, () =>
        pair.sdk.arrival('text', signal, (message) => textDelta(message) !== undefined),
      );
      return result - sentAt;
    },
  );
  return [{ name: 'prompt → first delta', unit: 'ms', ...samples, goal: atMostMore(samples.ours, samples.floor, 5) }];
}
