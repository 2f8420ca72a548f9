import { startSecurityServer } from './security-server.ts';

const key = process.env['SECURITY_KEY'];
if (key === undefined || key === '') throw new Error('Set SECURITY_KEY to the key that the server is to ask for.');

const server = await startSecurityServer({ key, port: Number(process.env['SECURITY_PORT'] ?? 4020) });
console.log(`The MCP server listens at ${server.url}`);
