import { parseArgs } from 'node:util';
import { createTokenIssuer } from './auth/local/local-issuer.ts';
import { readIssuerKey } from './auth/local/issuer-key.ts';
import { emailAddress, userIdOf } from './auth/user-id.ts';
import { systemClock } from './clock.ts';
import { readConfig } from './config.ts';

const usage = 'usage: npm run --silent token -- EMAIL [--ttl SECONDS]';
const longestSeconds = 31_536_000;

try {
  process.stdout.write(`${await token(process.argv.slice(2))}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

/** An access token for the user named by the arguments, signed with the key of the data directory. */
async function token(args: string[]): Promise<string> {
  const { email, ttlSeconds } = readArguments(args);
  const { dataDir } = readConfig(process.env);
  const key = await readIssuerKey(dataDir);
  if (key === null)
    throw new Error(`There is no key in ${dataDir} yet: start the server first, or set AI_SESSIONS_DATA_DIR to its data directory.`);
  return await createTokenIssuer(key, systemClock).issue({ userId: userIdOf(email), email }, ttlSeconds);
}

function readArguments(args: string[]): { email: string; ttlSeconds: number } {
  const { values, positionals } = parse(args);
  const [given, ...more] = positionals;
  if (given === undefined || more.length > 0) throw new Error(usage);
  const email = emailAddress.safeParse(given);
  if (!email.success) throw new Error(`EMAIL is not an address such as ada@example.com.\n${usage}`);
  const ttl = values.ttl ?? '3600';
  const ttlSeconds = Number(ttl);
  if (!/^\d{1,8}$/.test(ttl) || ttlSeconds < 1 || ttlSeconds > longestSeconds) {
    throw new Error(`--ttl is a whole number of seconds from 1 to ${longestSeconds} (a year).\n${usage}`);
  }
  return { email: email.data, ttlSeconds };
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: { ttl: { type: 'string' } }, allowPositionals: true });
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${usage}`, { cause: error });
  }
}
