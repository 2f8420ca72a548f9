import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import {
  clientFrame,
  clientPayloads,
  closeCodes,
  createProfile,
  egressConnection,
  defaultLimits,
  errorStatus,
  eventPayloads,
  livePayloads,
  permissionMode,
  resultSubtype,
  routes,
  serverFrame,
  sessionStatus,
  socketErrorCodes,
  terminalClientPayloads,
  terminalServerPayloads,
  terminationReason,
} from '@ai-sessions/protocol';
import { describe, expect, test } from 'vitest';
import { code, docPages, fencedBlocks, readPage, root, tableUnder } from './markdown.ts';

const pages = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', ...docPages()];
const sources = (pattern: string) =>
  globSync(pattern, { cwd: root })
    .filter((file) => !/\.(test|contract|fixture)\.ts$/.test(file))
    .map((file) => readPage(file))
    .join('\n');
const allMatches = (text: string, pattern: RegExp) =>
  [...new Set([...text.matchAll(pattern)].map(([whole, group]) => group ?? whole))].toSorted();

describe('what the pages name exists', () => {
  test.each(pages)('links of %s', (page) => {
    const text = readPage(page);
    const missing = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => !leadsSomewhere(page, target));
    expect(missing).toEqual([]);
  });

  test.each(pages)('files of %s', (page) => {
    const text = readPage(page);
    const inCode = [...text.matchAll(/`([^`\n]+)`/g)].map(([, token = '']) => token);
    const named = inCode.filter(
      (token) => /^[\w.@-]+(\/[\w.<>*-]+)+$/.test(token) && /\.(ts|tsx|mjs|json|md)$/.test(token) && !token.startsWith('.claude/'),
    );
    const rooted = allMatches(text, /(?<![\w/.])(?:packages|tests|bench|docs|\.ci)\/[\w.*/-]*[\w*]/g);
    expect([...named, ...rooted].filter((name) => !isThere(page, name))).toEqual([]);
  });

  test.each([...pages, 'STYLE_GUIDE.md'])('npm scripts of %s', (page) => {
    const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
    for (const name of allMatches(readPage(page), /npm run (?:--silent )?([\w:-]+)/g)) expect(Object.keys(scripts)).toContain(name);
  });

  test('every page is reached from the README', () => {
    const readme = readPage('README.md');
    for (const page of docPages()) expect(readme).toContain(`(${page})`);
  });
});

test('docs/operating.md names every environment variable that is read, and no other', () => {
  const config = sources('packages/{server,runner}/src/config.ts');
  const launcher = sources('packages/launcher/src/*.ts');
  const read = [...allMatches(config, /^ {2}(AI_SESSIONS_\w+):/gm), ...allMatches(config + launcher, /env\['(AI_SESSIONS_\w+)'\]/g)];
  // `AI_SESSIONS_SOMETHING_…` stands for several.
  const named = allMatches(readPage('docs/operating.md'), /AI_SESSIONS_[A-Z_]*[A-Z](?![A-Z_…])/g);
  expect(named).toEqual([...new Set(read)].toSorted());
});

describe('the contract is told whole', () => {
  const websocket = readPage('docs/websocket.md');

  test('every error code with its status', () => {
    const told = tableUnder(readPage('docs/errors.md'), 'Errors').map((row) => [code(row[0]), Number(row[1])]);
    expect(Object.fromEntries(told)).toEqual(errorStatus);
    for (const name of socketErrorCodes) expect(readPage('docs/errors.md')).toContain(`| \`${name}\``);
  });

  test('every frame, under a heading of its own', () => {
    const headings = [...websocket.matchAll(/^### (.+)$/gm)].flatMap(([, title = '']) => title.split(', '));
    const types = [...Object.keys(clientPayloads), ...Object.keys(eventPayloads), ...Object.keys(livePayloads)];
    for (const type of types) expect(headings).toContain(type);
  });

  test('every message of a terminal', () => {
    const page = readPage('docs/terminal.md');
    for (const type of [...Object.keys(terminalClientPayloads), ...Object.keys(terminalServerPayloads)])
      expect(page).toContain(`| \`${type}\``);
  });

  test('every close code', () => {
    const told = [...tableUnder(websocket, 'Close codes'), ...tableUnder(readPage('docs/terminal.md'), 'How it is closed')].map(([first]) =>
      Number(first),
    );
    expect(told).toEqual(expect.arrayContaining(Object.values(closeCodes)));
  });

  test('every example frame is valid, and every type has one', () => {
    const shown = new Set<string>();
    for (const { text, headings } of fencedBlocks(websocket).filter(({ language }) => language === 'json')) {
      for (const frame of examples(text)) {
        const schema = headings.includes('Client to server') ? clientFrame : serverFrame;
        expect(schema.safeParse(frame).error?.issues, JSON.stringify(frame)).toBeUndefined();
        shown.add((frame as { type: string }).type);
      }
    }
    const types = [...Object.keys(clientPayloads), ...Object.keys(eventPayloads), ...Object.keys(livePayloads)];
    expect(types.filter((type) => !shown.has(type))).toEqual([]);
  });

  test('every example row of the egress ledger is valid, and every field of it is told', () => {
    const page = readPage('docs/network.md');
    const [example] = fencedBlocks(page).filter(({ language }) => language === 'json');
    expect(routes.listEgress.replies[200].safeParse(JSON.parse(example?.text ?? '')).error?.issues).toBeUndefined();
    for (const field of Object.keys(egressConnection.shape)) expect(page).toContain(field);
  });

  test('every subtype of a system event', () => {
    const told = sources(
      'packages/{runner/src/claude/{system-report,translate,permissions},runner/src/egress/denial-notices,runner/src/session/*,server/src/domain/*}.ts',
    );
    const results: readonly string[] = resultSubtype.options;
    const subtypes = allMatches(told, /(?:subtype: |told\(|task\(|note\()'(\w+)'/g).filter((name) => !results.includes(name));
    expect(subtypes.length).toBeGreaterThan(10);
    expect(subtypes.filter((name) => !websocket.includes(`\`${name}\``))).toEqual([]);
  });

  test('every route, with its method', () => {
    const told = docPages()
      .map((page) => readPage(page))
      .join('\n');
    const served = Object.values(routes).map(({ method, path: route }) => `${method} ${route.replace(':id', '{id}')}`);
    expect(served.filter((route) => !told.includes(`\`${route}\``))).toEqual([]);
  });

  test('every setting, limit, state, reason, mode and result', () => {
    const profiles = tableUnder(readPage('docs/profiles.md'), 'Settings').map(([first]) => code(first));
    expect(profiles.toSorted()).toEqual(Object.keys(createProfile.shape).toSorted());
    const limits = tableUnder(readPage('docs/limits.md'), 'Limits').map((row) => code(row[2]));
    expect(limits.toSorted()).toEqual(Object.keys(defaultLimits).toSorted());
    const sessions = readPage('docs/sessions.md');
    for (const name of [...sessionStatus.options, ...terminationReason.options, ...resultSubtype.options])
      expect(sessions).toContain(`\`${name}\``);
    for (const mode of permissionMode.options) expect(readPage('docs/tool-rules.md')).toContain(`| \`${mode}\``);
  });
});

/** JSON values of a block: one, or one a line. */
function examples(text: string): unknown[] {
  try {
    return [JSON.parse(text)];
  } catch {
    return text.split('\n').map((line) => JSON.parse(line) as unknown);
  }
}

function leadsSomewhere(page: string, target: string): boolean {
  const [file = '', anchor] = target.split('#', 2);
  const found = file === '' ? page : path.join(path.dirname(page), file);
  if (!existsSync(path.join(root, found))) return false;
  return anchor === undefined || anchorsOf(readPage(found)).includes(anchor);
}

function anchorsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** A path may be given from the root, beside its page, or from a package or its sources, as the architecture page does. */
function isThere(page: string, name: string): boolean {
  const [known = ''] = name.split(/\/?[^/]*</, 1);
  const places = ['.', path.dirname(page), 'packages', 'packages/*/src', 'packages/*'];
  return places.some((place) => globSync(path.join(place, known), { cwd: root }).length > 0);
}
