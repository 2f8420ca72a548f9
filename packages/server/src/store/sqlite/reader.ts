import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { openToRead } from './database.ts';
import { logProcedures } from './log.ts';
import { type Call, type Reply, replyTo } from './store-call.ts';

/** The thread that reads the log: what a viewer has missed comes from here while the writer goes on. It sees what is committed. */
function serve(port: MessagePort, file: string): void {
  const database = openToRead(file);
  const methods = logProcedures(database).methods as unknown as Record<string, (...args: unknown[]) => unknown>;

  const answer = (call: Call): Reply =>
    replyTo(call, () => {
      const method = call.part === 'log' ? methods[call.method] : undefined;
      if (method === undefined) throw new Error(`the log cannot answer ${call.part}.${call.method}`);
      return method(...call.args);
    });

  port.on('message', (call: Call | 'close') => {
    if (call === 'close') {
      database.close();
      port.close();
      return;
    }
    port.postMessage([answer(call)]);
  });
}

if (parentPort !== null) serve(parentPort, (workerData as { file: string }).file);
