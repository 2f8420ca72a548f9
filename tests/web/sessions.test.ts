import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Session } from '@ai-sessions/protocol';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { browserPath } from '../harness/browser.ts';
import { until } from '../harness/until.ts';
import { script } from '../harness/user.ts';
import { expectClean, promptField, say, Workbench } from './workbench.ts';

const many = 10_000;

/** Copies a session that has ended, as often as a busy user ends one in years. */
function multiply(dataDir: string, id: string): void {
  const database = new DatabaseSync(path.join(dataDir, 'ai-sessions.db'), { timeout: 20_000 });
  const columns = database
    .prepare("SELECT name FROM pragma_table_info('sessions') WHERE name NOT IN ('id', 'created_at', 'doc', 'idempotency_key')")
    .all()
    .map(({ name }) => String(name));
  database.exec(`
    WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ${many})
    INSERT INTO sessions (id, created_at, doc, ${columns.join(', ')})
    SELECT 'ses_old' || n, strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '-' || n || ' hours'),
      json_set(doc, '$.id', 'ses_old' || n, '$.name', 'Old case ' || n,
        '$.created_at', strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '-' || n || ' hours')), ${columns.join(', ')}
    FROM sessions, n WHERE id = '${id}'`);
  database.close();
}

describe.skipIf(browserPath === undefined)(
  `sessions in a browser${browserPath === undefined ? ' (there is none: apt-get install -y chromium)' : ''}`,
  () => {
    let bench: Workbench;
    let page: Page;
    const row = (name: string) => page.locator('main').getByRole('link', { name, exact: true });
    const menu = async (name: string, item: string) => {
      await page
        .locator('main')
        .getByRole('button', { name: `Actions for ${name}` })
        .click();
      await page.getByRole('menuitem', { name: item }).click();
    };

    beforeAll(async () => {
      bench = await Workbench.open();
      const { id } = await bench.user.createSession({ name: 'Long ended' });
      await bench.user.call('DELETE', `/v1/sessions/${id}`, undefined, 200);
      multiply(bench.system.dataDir, id);
      page = await bench.page('/');
    });
    afterAll(async () => {
      await bench?.[Symbol.asyncDispose]();
    });

    test('ten thousand are scrolled through, of which few are drawn, and found by name', async () => {
      await row('Old case 1').waitFor();
      await until(
        async () => {
          await page.locator('main').evaluate((main) => (main.scrollTop = main.scrollHeight));
          return (await page.getByRole('link', { name: /^Old case [3-9]\d\d$/ }).count()) > 0;
        },
        () => 'the next pages did not come',
      );
      expect(await page.locator('main a[data-row]').count()).toBeLessThan(60);
      await page.getByRole('searchbox').fill('CASE 9999');
      await row('Old case 9999').waitFor();
      await until(
        async () => (await page.locator('main a[data-row]').count()) === 1,
        () => 'more than the one that was looked for is listed',
      );
      expect(new URL(page.url()).searchParams.get('q')).toBe('CASE 9999');
      await page.getByRole('searchbox').fill('nothing like it');
      await page.getByText('No session fits').waitFor();
      await page.getByRole('searchbox').fill('');
      await row('Old case 1').waitFor();
    });

    test('created with overrides, renamed, filtered, ended and deleted', async () => {
      await page.getByRole('button', { name: 'New session' }).first().click();
      await page.getByRole('textbox', { name: 'Name' }).fill('Case of the day');
      await page.getByText('Mode, tools, model and limits').click();
      await page.getByLabel('Permission mode').selectOption('plan');
      await page.getByLabel('Budget in US dollars').fill('0');
      await page.getByLabel('Denied').fill('WebFetch\nBash(rm:*)');
      await page.getByRole('button', { name: 'Create session' }).click();
      await page.getByText('An amount above 0.').waitFor();
      await expectClean(page);
      await page.getByLabel('Budget in US dollars').fill('2.5');
      await page.getByRole('button', { name: 'Create session' }).click();
      await promptField(page).waitFor();
      const { body } = await bench.user.call('GET', `/v1${new URL(page.url()).pathname}`, undefined, 200);
      expect(body['session'] as Session).toMatchObject({
        name: 'Case of the day',
        permission_mode: 'plan',
        max_budget_usd: 2.5,
        denied_tools: ['WebFetch', 'Bash(rm:*)'],
      });
      await page.getByText('$0.00 of $2.50').first().waitFor();

      await page.getByRole('link', { name: 'Sessions', exact: true }).click();
      await menu('Case of the day', 'Rename…');
      await page.getByRole('textbox', { name: 'Name' }).fill('Case closed soon');
      await page.getByRole('button', { name: 'Rename' }).click();
      await row('Case closed soon').waitFor();
      await page.getByRole('group', { name: 'Which sessions' }).getByText('Open').click();
      await until(
        async () => (await page.locator('main a[data-row]').count()) === 1,
        () => 'the filter did not leave the open one alone',
      );
      await page.getByRole('group', { name: 'Which sessions' }).getByText('All').click();
      await menu('Case closed soon', 'End session…');
      await page.getByRole('button', { name: 'End session' }).click();
      await page.getByRole('region', { name: 'Ended' }).getByRole('link', { name: 'Case closed soon' }).waitFor();
      await menu('Case closed soon', 'Delete record…');
      await page.getByRole('button', { name: 'Delete', exact: true }).click();
      await row('Case closed soon').waitFor({ state: 'detached' });
    });

    test('those that need an answer stand first and say what they ask, on a phone too', async () => {
      const { page: asking } = await bench.session({ name: 'Asks for something' });
      await say(asking, script({ tools: [{ name: 'Bash', input: { command: 'touch needed', description: 'x' } }] }, { text: 'ok' }));
      await asking.getByRole('button', { name: /Allow once/ }).waitFor();
      await page.goto(bench.system.url);
      const first = page.getByRole('region', { name: 'Waiting for your answer' });
      await first.getByText('May Claude use Bash? touch needed').waitFor();
      await expectClean(page);
      await page.keyboard.press('Tab');
      await first.getByRole('link').first().focus();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowUp');
      expect(await page.evaluate('document.activeElement.textContent')).toBe('Asks for something');
      await page.setViewportSize({ width: 360, height: 640 });
      await page.emulateMedia({ colorScheme: 'dark' });
      await expectClean(page);
      await page.getByRole('button', { name: 'Open the menu' }).click();
      await page
        .getByRole('dialog')
        .getByRole('link', { name: /^Inbox/ })
        .click();
      await page.getByRole('heading', { name: 'Inbox' }).waitFor();
      await expectClean(page);
      expect(bench.browser.complaints).toEqual([]);
    });
  },
);
