import { scriptPrompt } from '@ai-sessions/scripted-model';
import type { Page } from 'playwright-core';
import type { Bench } from '../bench.ts';
import { Installation } from '../installation.ts';
import { LinkRunner } from '../link-runner.ts';
import type { Measurement } from '../measurement.ts';
import { epochNow, pause } from '../waiting.ts';
import { metric, openWebPage } from '../web-page.ts';
import { fillUp } from './replay.ts';

const rounds = 20;
const deltas = { count: 2000, per_second: 500 };
const deltaRounds = 3;
const events = 20_000;
const restMs = 80;

/**
 * The web page in a real browser: from a prompt until the first word is in a frame that the browser draws, beside the same word's
 * arrival on a WebSocket of the bench's own; script time for 1,000 deltas; heap and frames with 20,000 events.
 */
export async function measureWeb(bench: Bench): Promise<Measurement[]> {
  return [...(await measureAnswers(bench)), ...(await measureLongSession(bench))];
}

async function measureAnswers(bench: Bench): Promise<Measurement[]> {
  const { signal } = bench;
  const { url, user } = await bench.installation();
  const id = await user.createSession();
  using viewer = user.view(id);
  await viewer.arrival('session_status', signal, ({ payload }) => payload.status === 'running');
  await using web = await openWebPage(url, user, id);
  const turn = async (prompt: string) => {
    const idle = viewer.arrival('session_status', signal, ({ payload }) => payload.activity === 'idle' && payload.queue.length === 0);
    viewer.send('prompt', { text: prompt });
    await idle;
    await pause(restMs, signal);
  };
  await turn(scriptPrompt([{ text: 'Warm.' }]));

  const onScreen: number[] = [];
  const onSocket: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const word = `Word${round}x`;
    const drawn = drawnAt(web.page, word);
    const arrived = viewer.arrival('assistant_delta', signal);
    const sentAt = epochNow();
    await turn(scriptPrompt([{ text: word }]));
    onScreen.push((await drawn) - sentAt);
    onSocket.push((await arrived) - sentAt);
  }

  const script: number[] = [];
  for (let round = 0; round < deltaRounds; round++) {
    const before = await metric(web.device, 'ScriptDuration');
    await turn(scriptPrompt([{ deltas }]));
    script.push((((await metric(web.device, 'ScriptDuration')) - before) * 1000 * 1000) / deltas.count);
  }
  await user.endSession(id);
  return [
    { name: 'web: prompt → first word drawn, beside the WebSocket', unit: 'ms', ours: onScreen, floor: onSocket },
    { name: 'web: script time of 1,000 deltas', unit: 'ms', ours: script },
  ];
}

/** When an answer of Claude with this word in it is about to be drawn, epoch ms. */
async function drawnAt(page: Page, word: string): Promise<number> {
  return await page.evaluate<number>(`new Promise((resolve) => {
    const look = () => {
      const rows = [...document.querySelectorAll('[role=article][aria-label=Claude]')].slice(-2);
      if (!rows.some((row) => row.textContent.includes(${JSON.stringify(word)}))) return;
      observer.disconnect();
      requestAnimationFrame(() => resolve(performance.timeOrigin + performance.now()));
    };
    const observer = new MutationObserver(look);
    observer.observe(document.body, { childList: true, characterData: true, subtree: true });
  })`);
}

async function measureLongSession({ modelUrl, signal }: Bench): Promise<Measurement[]> {
  await using installation = await Installation.start({ modelUrl, runner: false, signal });
  using runner = await LinkRunner.connect(installation, signal);
  const [session] = await runner.host(1, installation, signal);
  if (session === undefined) throw new Error('no session');
  await fillUp(runner, session, events, signal);
  const begun = performance.now();
  await using web = await openWebPage(installation.url, installation.user, session.id);
  await web.page.getByRole('article').first().waitFor();
  const opened = performance.now() - begun;
  await web.device.send('HeapProfiler.collectGarbage');
  const heap = (await metric(web.device, 'JSHeapUsedSize')) / 1024 / 1024;
  const frames = await scrolledFrames(web.page);
  return [
    { name: 'web: 20,000 events, from the start of a browser until they stand', unit: 'ms', ours: [opened] },
    { name: 'web: heap with 20,000 events', unit: 'MB', ours: [heap] },
    { name: 'web: frame while scrolling through them', unit: 'ms', ours: frames },
  ];
}

/** The times between frames, in milliseconds, while the conversation is scrolled up by a screen's height a frame. */
async function scrolledFrames(page: Page): Promise<number[]> {
  return await page.evaluate<number[]>(`new Promise((resolve) => {
    const list = document.querySelector('section[aria-label=Conversation]');
    const times = [];
    let before;
    const step = (now) => {
      if (before !== undefined) times.push(now - before);
      before = now;
      list.scrollTop -= 600;
      if (times.length < 120) requestAnimationFrame(step);
      else resolve(times);
    };
    requestAnimationFrame(step);
  })`);
}
