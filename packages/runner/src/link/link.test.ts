import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Live, Report } from '@ai-sessions/protocol';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeServer, LINK_TOKEN, makeSpec } from '../fixtures/fake-server.ts';
import type { IncarnationKey } from './outbox-file.ts';
import { type Command, Link } from './link.ts';

const note = (message: string): Report => ({ kind: 'event', type: 'system', payload: { subtype: 'note', message } });
const ended: Report = { kind: 'exited', why: 'ended', exit_code: null, error_message: null };
const delta = (offset: number): Live => ({ type: 'assistant_delta', payload: { message_id: 'msg_1', index: 0, offset, text: 'x' } });
const key: IncarnationKey = { session_id: 'ses_1', epoch: 1 };

describe('Link', () => {
  let folder: string;
  let server: FakeServer;
  let link: Link;
  let commands: Command[];
  let disowned: IncarnationKey[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'link-'));
    server = await FakeServer.start('http://127.0.0.1:1');
    commands = [];
    disowned = [];
    link = makeLink();
  });
  afterEach(async () => {
    await link[Symbol.asyncDispose]();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
    expect(server.faults).toEqual([]);
  });

  function makeLink(): Link {
    return new Link({
      serverUrl: server.url,
      token: () => LINK_TOKEN,
      sessionsFolder: folder,
      hello: { runner_id: 'run_1', capacity: 5, sandbox: 'none', claude_version: '1' },
      log: pino({ level: 'silent' }),
      onCommand: (command) => commands.push(command),
      onDisowned: (lost) => disowned.push(lost),
    });
  }

  const reported = () => server.recorded('ses_1').reports;
  const connected = () => server.until('connected', () => link.connected);

  it('says hello and hands commands on, but for what is its own business', async () => {
    link.start();
    await connected();
    expect(server.hellos).toMatchObject([{ runner_id: 'run_1', capacity: 5, sessions: [] }]);
    const spec = makeSpec();
    server.send({ type: 'ping' });
    server.send({ type: 'assign', spec });
    await server.until('command', () => commands.length === 1);
    expect(commands).toEqual([{ type: 'assign', spec }]);
  });

  it('keeps the order of reports and deltas', async () => {
    link.start();
    await connected();
    const reporter = link.open(key);
    reporter.report(note('1'));
    reporter.live(delta(0));
    reporter.live(delta(1));
    reporter.report(note('2'));
    reporter.report(note('3'));
    reporter.live(delta(2));
    await server.until('all', () => server.recorded('ses_1').all.length === 6);
    expect(server.recorded('ses_1').all.map((item) => ('kind' in item ? 'report' : item.payload.offset))).toEqual([
      'report',
      0,
      1,
      'report',
      'report',
      2,
    ]);
  });

  it('sends after a cut what was not acknowledged, once, and the block in flight from its beginning', async () => {
    link.start();
    await connected();
    const reporter = link.open(key);
    server.acknowledging = false;
    reporter.report(note('1'));
    await server.until('first', () => reported().length === 1);
    await server.stop();
    reporter.report(note('2'));
    reporter.live(delta(0));
    await sleep(100);
    server.acknowledging = true;
    await server.listen();
    reporter.report(note('3'));
    await server.until('all', () => reported().length === 3);
    expect(server.hellos.at(-1)?.sessions).toEqual([key]);
    expect(server.recorded('ses_1').live).toEqual([delta(0)]);
    reporter.report(ended);
    await server.until('forgotten', () => !link.knows(key));
    expect(await readdir(join(folder, 'ses_1'))).toEqual([]);
  });

  // Only root may mount a small disk of its own.
  it.skipIf(process.getuid?.() !== 0)(
    'on a full disk has those wait who can, until the server takes more (needs root, to mount a small one)',
    async () => {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]);
      try {
        link.start();
        await connected();
        server.acknowledging = false;
        const reporter = link.open(key);
        reporter.report(note('small'));
        expect(reporter.room).toBeUndefined();
        for (let n = 0; n < 5; n += 1) reporter.report(note('x'.repeat(1024 * 1024)));
        const { room } = reporter;
        expect(room).toBeInstanceOf(Promise);
        server.acknowledging = true;
        server.cutLink();
        await room;
        await server.until('all', () => reported().length === 6);
        expect(reporter.room).toBeUndefined();
      } finally {
        link.forget(key);
        execFileSync('umount', ['-l', folder]);
      }
    },
  );

  it('delivers exactly once through many cuts', async () => {
    link.start();
    await connected();
    const reporter = link.open(key);
    for (let number = 1; number <= 300; number += 1) {
      if (number % 30 === 0) server.cutAfter = number % 3;
      if (number % 50 === 0) server.cutLink();
      reporter.report(note(String(number)));
      if (number % 7 === 0) await sleep(2);
    }
    await server.until('all', () => reported().length >= 300);
    expect(reported().map((report) => (report.kind === 'event' && report.type === 'system' ? report.payload.message : ''))).toEqual(
      Array.from({ length: 300 }, (_, index) => String(index + 1)),
    );
  });

  it('speaks for an earlier runner: the rest of its reports, then that it is lost', async () => {
    const { session_id } = key;
    await link[Symbol.asyncDispose]();
    const folderOf = join(folder, session_id);
    await import('node:fs/promises').then((fs) => fs.mkdir(folderOf));
    await writeFile(join(folderOf, 'outbox-3.jsonl'), `1 ${JSON.stringify(note('1'))}\n2 ${JSON.stringify(note('2'))}\n3 {"cut`);
    server.recorded(session_id, 3).reports.push(note('1'));
    link = makeLink();
    link.start();
    await server.until('lost', () => server.recorded(session_id, 3).reports.length === 3);
    expect(server.recorded(session_id, 3).reports).toMatchObject([note('1'), note('2'), { kind: 'exited', why: 'lost' }]);
    await server.until('file removed', () => !link.knows({ session_id, epoch: 3 }));
    expect(await readdir(folderOf)).toEqual([]);
  });

  it('ends what the server no longer owns, and tells late what there was left to tell', async () => {
    link.start();
    await connected();
    const reporter = link.open(key);
    reporter.report(note('1'));
    await server.until('first', () => reported().length === 1);
    server.disown('ses_1');
    server.acknowledging = false;
    reporter.report(note('2'));
    server.cutLink();
    await server.until('disowned', () => disowned.length === 1);
    // It is ending: what that brings is late too. Cut once more, nothing is lost and nothing is ended twice.
    reporter.report(note('3'));
    reporter.live(delta(0));
    await server.until('late', () => server.late.length >= 2);
    server.acknowledging = true;
    server.cutLink();
    link.finish(key);
    await server.until('forgotten', () => !link.knows(key));
    expect(disowned).toEqual([key]);
    expect(new Set(server.late.map((report) => JSON.stringify(report)))).toEqual(
      new Set(
        [note('2'), note('3'), { kind: 'exited', why: 'lost', exit_code: null, error_message: 'The runner was restarted.' }].map((report) =>
          JSON.stringify(report),
        ),
      ),
    );
    expect(server.recorded('ses_1').live).toEqual([]);
    expect(server.hellos.at(-1)?.sessions).toEqual([]);
    expect(await readdir(join(folder, 'ses_1'))).toEqual([]);
  });

  it('tells late what an earlier runner left of an incarnation that is no longer ours', async () => {
    await link[Symbol.asyncDispose]();
    const folderOf = join(folder, 'ses_1');
    await mkdir(folderOf);
    await writeFile(join(folderOf, 'outbox-1.jsonl'), `1 ${JSON.stringify(note('1'))}\n`);
    server.disown('ses_1');
    link = makeLink();
    link.start();
    await server.until('forgotten', () => server.late.length > 0 && !link.knows(key));
    expect(server.late).toMatchObject([note('1'), { kind: 'exited', why: 'lost' }]);
    expect(reported()).toEqual([]);
  });
});
