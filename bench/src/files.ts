import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Bench } from './bench.ts';
import { Installation } from './installation.ts';
import { type Measurement, atLeastTimes } from './measurement.ts';
import { mostResidentMemoryOf, residentMemoryOf } from './process-memory.ts';

const rounds = 4;
const atOnce = 8;
const bytes = 100 * 1024 * 1024;
/** In MB, beyond what a process has at rest. */
const mostGrowth = 64;
const leastSpeed = 0.9;
const type = 'application/octet-stream';
const piece = Buffer.alloc(256 * 1024, 'bench');

/**
 * Eight files of 100 MiB at once: up to the signed URLs, into the workspace, out of it again, and down; in MB/s of all eight together.
 * The floor of the first and the last is a plain node stream to and from disk, flushed as ours is, measured in turn with them.
 */
export async function benchFiles({ modelUrl, signal }: Bench): Promise<Measurement[]> {
  await using stack = new AsyncDisposableStack();
  const installation = stack.use(await Installation.start({ modelUrl, runner: true, signal }));
  const folder = stack.adopt(await mkdtemp(path.join(tmpdir(), 'ai-sessions-bench-files-')), (made) =>
    rm(made, { recursive: true, force: true }),
  );
  const plain = stack.use(await plainServer(folder));
  const { user, server, runner } = installation;
  const processes = { server: server.pid, runner: runner?.pid ?? 0, plain: plain.pid };
  let rest: Memory | null = null;
  const speeds = {
    put: [] as number[],
    plainPut: [] as number[],
    place: [] as number[],
    send: [] as number[],
    get: [] as number[],
    plainGet: [] as number[],
  };

  for (let round = 0; round < rounds; round++) {
    const id = await user.createSession();
    // Claude Code comes up first: it would take the processor from whichever side is measured meanwhile.
    using viewer = user.view(id);
    await viewer.arrival('session_status', signal, ({ payload }) => payload.status === 'running');
    rest ??= memoryOfAll(processes, residentMemoryOf);
    const io = (what: string, body: object) => user.call('POST', `/v1/io/sessions/${id}/${what}`, body);
    const requested = await Promise.all(
      numbers().map((number) => io('upload', { filename: `${number}.bin`, content_type: type, size: bytes })),
    );
    const puts = [
      async () => void speeds.plainPut.push(await speed((number) => put(`${plain.url}/${number}`, signal))),
      async () => void speeds.put.push(await speed((number) => put(String(requested[number]?.['upload_url']), signal))),
    ];
    // Whoever comes second finds the disk busy with what the first has left it.
    for (const one of round % 2 === 0 ? puts : puts.toReversed()) await one();
    speeds.place.push(await speed((number) => io('upload/complete', { upload_id: requested[number]?.['upload_id'] })));
    const links: string[] = [];
    speeds.send.push(
      await speed(
        async (number) => void (links[number] = String((await io('download', { path: `uploads/${number}.bin` }))['download_url'])),
      ),
    );
    const gets = [
      async () => void speeds.get.push(await speed((number) => get(links[number] ?? '', signal))),
      async () => void speeds.plainGet.push(await speed((number) => get(`${plain.url}/${number}`, signal))),
    ];
    for (const one of round % 2 === 0 ? gets : gets.toReversed()) await one();
    await user.endSession(id);
    await user.call('DELETE', `/v1/sessions/${id}/record`);
  }

  const name = `${atOnce} × 100 MiB at once`;
  return [
    {
      name: `${name}: upload (floor: plain stream)`,
      unit: 'MB/s',
      ours: speeds.put,
      floor: speeds.plainPut,
      goal: atLeastTimes(speeds.put, speeds.plainPut, leastSpeed),
    },
    { name: `${name}: into the workspace`, unit: 'MB/s', ours: speeds.place },
    { name: `${name}: out of the workspace`, unit: 'MB/s', ours: speeds.send },
    {
      name: `${name}: download (floor: plain stream)`,
      unit: 'MB/s',
      ours: speeds.get,
      floor: speeds.plainGet,
      goal: atLeastTimes(speeds.get, speeds.plainGet, leastSpeed),
    },
    ...growth(rest, memoryOfAll(processes, mostResidentMemoryOf)),
  ];
}

interface Memory {
  readonly server: number;
  readonly runner: number;
  readonly plain: number;
}

function memoryOfAll({ server, runner, plain }: Memory, measure: (pid: number) => number): Memory {
  return { server: measure(server), runner: measure(runner), plain: measure(plain) };
}

/** What each process had at the most beyond what it had at rest, with a session and no transfer yet; the plain server's is the floor. */
function growth(rest: Memory | null, most: Memory): Measurement[] {
  const plain = most.plain - (rest?.plain ?? 0);
  return (['server', 'runner', 'plain'] as const).flatMap((name) => {
    const grown = most[name] - (rest?.[name] ?? 0);
    const known = name === 'plain' ? 'plain stream' : name;
    return [
      { name: `${known}: most resident memory (floor: at rest)`, unit: 'MB', ours: [most[name]], floor: [rest?.[name] ?? 0] },
      ...(name === 'plain'
        ? []
        : [
            {
              name: `${known}: memory that it grows by (floor: plain stream)`,
              unit: 'MB',
              ours: [grown],
              floor: [plain],
              goal: { compared: `+${grown.toFixed(0)} MB`, text: `≤ ${mostGrowth} MB more than at rest`, holds: grown <= mostGrowth },
            },
          ]),
    ];
  });
}

function numbers(): number[] {
  return Array.from({ length: atOnce }, (_, number) => number);
}

async function speed(one: (number: number) => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await Promise.all(numbers().map(one));
  return (atOnce * bytes) / 1e6 / ((performance.now() - begun) / 1000);
}

/** On a connection of its own, a piece at a time: what the sender costs is small, and the same for both sides. */
async function put(url: string, signal: AbortSignal): Promise<void> {
  const request = httpRequest(url, {
    method: 'PUT',
    agent: false,
    headers: { 'content-type': type, 'content-length': bytes },
    signal,
  });
  const answered = once(request, 'response') as Promise<[IncomingMessage]>;
  await pipeline(Readable.from(pieces()), request);
  const [reply] = await answered;
  reply.resume();
  if (reply.statusCode !== 200) throw new Error(`PUT: ${reply.statusCode}`);
}

async function get(url: string, signal: AbortSignal): Promise<void> {
  const [reply] = (await once(httpRequest(url, { agent: false, signal }).end(), 'response')) as [IncomingMessage];
  let size = 0;
  for await (const taken of reply as AsyncIterable<Buffer>) size += taken.length;
  if (size !== bytes) throw new Error(`GET: ${reply.statusCode}, ${size} bytes`);
}

function* pieces(): Generator<Buffer> {
  for (let sent = 0; sent < bytes; sent += piece.length) yield piece;
}

async function plainServer(folder: string) {
  const child: ChildProcess = fork(path.join(import.meta.dirname, 'plain-file-server.ts'), [folder], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  const [message] = (await once(child, 'message')) as [{ url: string }];
  return {
    url: message.url,
    pid: child.pid ?? 0,
    async [Symbol.asyncDispose]() {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}
