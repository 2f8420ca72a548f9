import { expect, test } from 'vitest';
import { readPage } from './markdown.ts';

const description = readPage('docs/user-description.md');

/** The chapters of the user's description, each with the page that is about it. */
const pages: Readonly<Record<string, string>> = {
  Overview: 'README.md',
  'Getting Started': 'docs/getting-started.md',
  'Session Profiles': 'docs/profiles.md',
  'Session Lifecycle': 'docs/sessions.md',
  'File Transfer': 'docs/files.md',
  'Use Cases': 'docs/investigation.md',
  'Best Practices': 'docs/best-practices.md',
  'Rate Limits': 'docs/limits.md',
  Troubleshooting: 'docs/troubleshooting.md',
};

/** The advice of the description's last chapters, line by line, each with what our page says of it. */
const advice: Readonly<Record<string, readonly [page: string, entry: RegExp]>> = {
  'Terminate idle sessions': ['docs/best-practices.md', /Terminate sessions/],
  'Use profiles': ['docs/best-practices.md', /Use profiles/],
  'Set resource limits': ['docs/best-practices.md', /`max_turns`.*`max_budget_usd`/],
  'Limit tool access': ['docs/best-practices.md', /Limit the tools/],
  'Review tool usage': ['docs/best-practices.md', /Review what Claude does/],
  'Be careful with Write/Edit': ['docs/best-practices.md', /Be careful with Write and Edit/],
  'Keep prompts focused': ['docs/best-practices.md', /Keep prompts focused/],
  'Upload files for large data': ['docs/best-practices.md', /Upload large data/],
  'Use heartbeats': ['docs/best-practices.md', /heartbeats/],
  'Verify your email domain': ['docs/troubleshooting.md', /Your email domain is not allowed/],
  'Check that your JWT token': ['docs/troubleshooting.md', /Your token is not valid/],
  'Contact support': ['docs/troubleshooting.md', /contact the operator/],
  'Ensure you have Claude credentials': ['docs/troubleshooting.md', /No Claude credential is stored/],
  'Check you haven': ['docs/troubleshooting.md', /You have ten sessions/],
  'Verify your profile configuration': ['docs/troubleshooting.md', /The profile is not valid/],
  'Use the query parameter': ['docs/troubleshooting.md', /`\?token=…`/],
  'Send heartbeats every 30 seconds': ['docs/troubleshooting.md', /`heartbeat` every 30 seconds/],
  'Check session status': ['docs/troubleshooting.md', /closes at once with 4100/],
  'Check `max_turns`': ['docs/troubleshooting.md', /`max_turns` is exceeded/],
  'Review the error message': ['docs/troubleshooting.md', /Read the error message/],
  'Ensure MCP server': ['docs/troubleshooting.md', /MCP servers are not right/],
};

test('every chapter of the user’s description has a page', () => {
  const chapters = [...description.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
  expect(Object.keys(pages)).toEqual(chapters);
  for (const page of Object.values(pages)) expect(readPage(page), page).toMatch(/^# /);
});

test('every line of its advice and of its troubleshooting has an entry', () => {
  const lines = [...description.slice(description.indexOf('## Best Practices')).matchAll(/^- (?:\*\*)?(.+)$/gm)].map(
    ([, line = '']) => line,
  );
  expect(lines).toHaveLength(Object.keys(advice).length);
  for (const line of lines) {
    const [, found] = Object.entries(advice).find(([start]) => line.startsWith(start)) ?? [];
    if (found === undefined) throw new Error(`nothing is said of: ${line}`);
    expect(readPage(found[0]), line).toMatch(found[1]);
  }
});
