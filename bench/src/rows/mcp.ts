import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { scriptPrompt } from '@ai-sessions/scripted-model';
import { alternate } from '../alternate.ts';
import type { Bench } from '../bench.ts';
import { Installation } from '../installation.ts';
import { type Measurement, atMostMore } from '../measurement.ts';
import { epochNow } from '../waiting.ts';

const rounds = 8;
const mostMoreMs = 5000;

/**
 * From `POST /v1/sessions` with a prompt to the first delta of its answer, with MCP servers that connect and never say a word: over HTTP,
 * over SSE, and a program. The floor is the same without servers.
 */
export async function measureMcp({ modelUrl, rounds: roundsOf, signal }: Bench): Promise<Measurement[]> {
  await using stack = new AsyncDisposableStack();
  const silent = stack.use(await silentHost());
  const env = { AI_SESSIONS_EGRESS_ALLOW: '127.0.0.1' };
  const { user } = stack.use(await Installation.start({ modelUrl, runner: true, env, signal }));
  const servers = {
    http: { type: 'http', url: `http://127.0.0.1:${silent.port}/mcp` },
    sse: { type: 'sse', url: `http://127.0.0.1:${silent.port}/sse` },
    program: { type: 'stdio', command: 'sleep', args: ['600'] },
  };

  async function firstDelta(mcp_servers: object): Promise<number> {
    const begun = epochNow();
    const id = await user.createSession({ mcp_servers, initial_prompt: scriptPrompt([{ text: 'Hello.' }]) });
    using viewer = user.view(id);
    const at = await viewer.arrival('assistant_delta', signal);
    await user.endSession(id);
    return at - begun;
  }

  const samples = await alternate(
    roundsOf(rounds),
    () => firstDelta(servers),
    () => firstDelta({}),
  );
  return [
    {
      name: 'create → first delta, MCP servers hang (floor: none)',
      unit: 'ms',
      ...samples,
      goal: atMostMore(samples.ours, samples.floor, mostMoreMs, 'without'),
    },
  ];
}

async function silentHost() {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket.on('error', () => {})));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
