import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BubblewrapDriver } from '../sandbox/bubblewrap/bubblewrap-driver.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { parseSandboxLimits } from '../sandbox/sandbox-limits.ts';
import type { EgressDecision, EgressOutcome } from './egress-ledger.ts';
import { Egress } from './egress.ts';
import { readOperatorPolicy } from './operator-policy.ts';

/** The programs that people have, in the real sandbox, against servers of this machine that stand in for the internet's. */
describe('programs in a sandbox', () => {
  let folder: string;
  let web: Server;
  let sandbox: Sandbox;
  let egress: Egress;
  const rows: { decision: EgressDecision; outcome?: EgressOutcome }[] = [];
  const files = new Map<string, Buffer | string>();
  const asked: string[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'egress programs-'));
    web = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      const path = new URL(request.url ?? '/', 'http://x').pathname;
      const body = files.get(path) ?? served(path);
      if (body === undefined) response.writeHead(404).end();
      else response.writeHead(200, path.includes('simple') ? { 'content-type': 'text/html' } : {}).end(body);
    });
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    const { port } = web.address() as AddressInfo;
    egress = new Egress({
      operator: readOperatorPolicy('allowlist', `registry.test:${port},git.test:${port}`, []),
      resolve: async (host) => (host.endsWith('.test') ? ['127.0.0.1'] : []),
    });
    egress.bind(null, {
      decided(decision) {
        const row: (typeof rows)[number] = { decision };
        rows.push(row);
        return (outcome) => (row.outcome = outcome);
      },
    });
    const driver = new BubblewrapDriver({ stateDir: join(folder, 'state') });
    sandbox = await driver.create({
      sessionId: 'one',
      root: join(folder, 'one'),
      limits: parseSandboxLimits(undefined),
      proxy: 'way.sock',
    });
    const { host } = sandbox.socketAddress('way.sock');
    await egress.listen(host);
    await sandbox.adopt(host);
  });
  afterAll(async () => {
    await egress[Symbol.asyncDispose]();
    await sandbox.kill();
    web.closeAllConnections();
    web.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A file of the git repository that is served. */
  function served(path: string): Buffer | undefined {
    const file = join(folder, 'served', path);
    return path.startsWith('/repo.git/') && existsSync(file) ? readFileSync(file) : undefined;
  }

  async function run(script: string): Promise<string> {
    const { port } = web.address() as AddressInfo;
    const env = { PATH: '/usr/bin:/bin', PORT: `${port}`, LC_ALL: 'C.UTF-8' };
    const program = sandbox.spawn('/bin/sh', ['-c', `exec 2>&1; ${script}`], { env });
    program.stdin.end();
    return text(program.stdout);
  }

  test('curl and wget-like clients: every spelling of the variables leads to the proxy', async () => {
    files.set('/hello', 'hello\n');
    expect(await run('curl -s http://registry.test:$PORT/hello')).toBe('hello\n');
    expect(await run('curl -s -p -x "$HTTPS_PROXY" http://git.test:$PORT/hello')).toBe('hello\n');
    expect(
      await run(
        "python3 -c \"import os,urllib.request as u; print(u.urlopen('http://registry.test:'+os.environ['PORT']+'/hello').read())\"",
      ),
    ).toBe("b'hello\\n'\n");
    expect(await run('curl -s http://other.test/')).toContain('allowed_domains');
    expect(rows.filter(({ decision }) => decision.allowed)).toHaveLength(3);
    expect(rows.at(-1)?.decision).toMatchObject({ host: 'other.test', port: 80, allowed: false, rule: 'allowlist' });
  });

  test('its own loopback stays its own', async () => {
    const before = rows.length;
    expect(
      await run(
        '(echo hi | socat -t1 TCP4-LISTEN:8000,bind=127.0.0.1 - >got &) ; sleep 0.3; curl -s -m 2 --http0.9 http://127.0.0.1:8000/; cat got',
      ),
    ).toContain('GET / HTTP');
    expect(rows.length).toBe(before);
  });

  test('git clones', async () => {
    const source = join(folder, 'source');
    mkdirSync(source);
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', '-c', 'init.defaultBranch=main', ...args], { cwd: source });
    git('init', '-q');
    writeFileSync(join(source, 'file'), 'from the repository\n');
    git('add', '.');
    git('commit', '-qm', 'one');
    git('clone', '-q', '--bare', '.', join(folder, 'served', 'repo.git'));
    execFileSync('git', ['update-server-info'], { cwd: join(folder, 'served', 'repo.git') });
    expect(await run('git clone -q http://git.test:$PORT/repo.git && cat repo/file')).toBe('from the repository\n');
    expect(await run('git clone -q http://elsewhere.test/repo.git other; echo "ended $?"')).toMatch(/403[^]*ended 128/);
  });

  test('npm installs', async () => {
    const packed = join(folder, 'packed');
    mkdirSync(join(packed, 'package'), { recursive: true });
    writeFileSync(join(packed, 'package', 'package.json'), JSON.stringify({ name: 'tiny', version: '1.0.0', main: 'index.js' }));
    writeFileSync(join(packed, 'package', 'index.js'), 'module.exports = "tiny works";');
    const tarball = execFileSync('tar', ['-czf', '-', 'package'], { cwd: packed });
    const { port } = web.address() as AddressInfo;
    const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
    const dist = { tarball: `http://registry.test:${port}/tiny/-/tiny-1.0.0.tgz`, integrity };
    files.set(
      '/tiny',
      JSON.stringify({ name: 'tiny', 'dist-tags': { latest: '1.0.0' }, versions: { '1.0.0': { name: 'tiny', version: '1.0.0', dist } } }),
    );
    files.set('/tiny/-/tiny-1.0.0.tgz', tarball);
    const install = 'npm install --no-audit --no-fund --no-update-notifier --registry http://registry.test:$PORT tiny';
    const printed = await run(`mkdir -p js && cd js && ${install} && node -p 'require("tiny")'`);
    expect(printed).toContain('tiny works');
  });

  test('pip installs', async () => {
    const wheel = join(folder, 'wheel');
    mkdirSync(join(wheel, 'tiny-1.0.dist-info'), { recursive: true });
    writeFileSync(join(wheel, 'tiny.py'), 'word = "tiny works"\n');
    writeFileSync(join(wheel, 'tiny-1.0.dist-info', 'METADATA'), 'Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n');
    writeFileSync(
      join(wheel, 'tiny-1.0.dist-info', 'WHEEL'),
      'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    );
    writeFileSync(
      join(wheel, 'tiny-1.0.dist-info', 'RECORD'),
      'tiny.py,,\ntiny-1.0.dist-info/METADATA,,\ntiny-1.0.dist-info/WHEEL,,\ntiny-1.0.dist-info/RECORD,,\n',
    );
    execFileSync('python3', ['-c', 'import shutil; shutil.make_archive("../tiny", "zip", ".")'], { cwd: wheel });
    files.set('/files/tiny-1.0-py3-none-any.whl', readFileSync(join(folder, 'tiny.zip')));
    files.set('/simple/tiny/', '<a href="/files/tiny-1.0-py3-none-any.whl">tiny-1.0-py3-none-any.whl</a>');
    const options = '--disable-pip-version-check --no-cache-dir --trusted-host registry.test --index-url http://registry.test:$PORT/simple';
    const printed = await run(
      `python3 -m pip install -q --target py ${options} tiny && cd py && python3 -c 'import tiny; print(tiny.word)'`,
    );
    expect(printed).toContain('tiny works');
  });

  test('many at once, each of them told of', async () => {
    files.set('/big', Buffer.alloc(1_000_000, 'x'));
    const before = rows.length;
    expect(await run('for n in $(seq 40); do curl -s http://registry.test:$PORT/big | wc -c & done; wait')).toBe('1000000\n'.repeat(40));
    expect(rows.length).toBe(before + 40);
    expect(rows.slice(before).every(({ outcome }) => outcome !== undefined && outcome.bytesDown > 1_000_000)).toBe(true);
  });
});
