import { parseArgs } from 'node:util';
import { demoRules } from './scripts/demo-rules.ts';
import { startScriptedModel } from './server.ts';

const { values } = parseArgs({
  options: {
    host: { type: 'string', default: process.env['SCRIPTED_MODEL_HOST'] ?? '127.0.0.1' },
    port: { type: 'string', default: process.env['SCRIPTED_MODEL_PORT'] ?? '0' },
    demo: { type: 'boolean', default: false },
  },
});

const ending = new AbortController();
const end = (): void => {
  ending.abort();
  if (process.connected) process.disconnect();
};
process.once('SIGTERM', end);
process.once('SIGINT', end);
// A parent that started this process with an IPC channel takes it along when it goes, even by SIGKILL.
process.once('disconnect', end);

const model = await startScriptedModel({
  host: values.host,
  port: Number(values.port),
  signal: ending.signal,
  rules: values.demo ? demoRules : [],
});
// The launcher listens for a message; a shell or a test without a channel reads the line.
if (process.send === undefined) process.stdout.write(`${JSON.stringify({ url: model.url })}\n`);
else process.send({ type: 'listening', url: model.url });
