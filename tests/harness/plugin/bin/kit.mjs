// An MCP server with one tool, in as few lines as the protocol allows.
import { createInterface } from 'node:readline';

const answers = {
  initialize: ({ protocolVersion }) => ({ protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'kit', version: '1.0.0' } }),
  'tools/list': () => ({ tools: [{ name: 'where', description: 'Says where it runs', inputSchema: { type: 'object', properties: {} } }] }),
  'tools/call': () => ({ content: [{ type: 'text', text: `the kit runs in ${process.cwd()} as ${process.getuid()}` }] }),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params } = JSON.parse(line);
  if (id !== undefined) process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, result: answers[method]?.(params) ?? {} })}\n`);
}
