import { createClient, openSession } from '@ai-sessions/client';
import { adHocAnalysis, type Scene, threatInvestigation } from './scenes.ts';

/**
 * Runs both scenes in one session and prints what happens. Reads AI_SESSIONS_URL, TOKEN, SECURITY_KEY and SECURITY_URL;
 * with `--demo` the prompts carry the script of the demo's model.
 */
const settings = process.env;
const client = createClient({
  baseUrl: settings['AI_SESSIONS_URL'] ?? 'http://localhost:8080',
  token: () => settings['TOKEN'] ?? '',
});

await client.call('register');
const { session } = await client.call('createSession', {
  body: {
    name: 'Investigation of abc123',
    allowed_tools: ['mcp__security', 'Read', 'Grep', 'Bash(jq:*)', 'Bash(echo:*)', 'Bash(sort:*)', 'Bash(uniq:*)'],
    mcp_servers: {
      security: {
        type: 'http',
        url: settings['SECURITY_URL'] ?? 'http://127.0.0.1:4020/mcp',
        headers: { 'X-Api-Key': settings['SECURITY_KEY'] ?? '' },
      },
    },
  },
});
await using stream = openSession(client, session.id);
const scenes = [threatInvestigation, adHocAnalysis];
ask(scenes.shift());
for await (const item of stream) {
  if (item.type !== 'event') continue;
  const { event } = item;
  if (event.type === 'assistant')
    for (const block of event.payload.content) if (typeof block['text'] === 'string') console.log(block['text']);
  if (event.type === 'tool_use') console.log(`        [${event.payload.name}]`);
  if (event.type === 'result') {
    const next = scenes.shift();
    if (next === undefined) break;
    ask(next);
  }
}
await client.call('terminateSession', { params: { id: session.id } });

function ask(scene: Scene | undefined): void {
  if (scene === undefined) return;
  console.log(`\nYou: ${scene.prompt}\n`);
  const script = process.argv.includes('--demo') ? `\n!script ${JSON.stringify({ steps: scene.steps })}` : '';
  stream.send(scene.prompt + script);
}
