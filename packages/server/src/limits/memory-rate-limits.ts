import { createHmac, randomBytes } from 'node:crypto';
import type { Limits } from '@ai-sessions/protocol';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { RateLimitName, RateLimitState, RateLimits } from './rate-limits.ts';

const signInsPerMinute = 30;
/** Each starts a Claude Code on a runner. */
const claudeLoginsPerMinute = 10;
const addressBuckets = 1 << 16;

/**
 * The embedded rate limits: fixed windows that begin with a key's first request. A key is forgotten when its window
 * ends, so that memory is bounded by the users, sessions and connections of the last minute.
 */
export function createRateLimits(limits: Limits): RateLimits {
  const perMinute = (points: number) => new RateLimiterMemory({ points, duration: 60 });
  const limiters: Record<RateLimitName, RateLimiterMemory> = {
    register: perMinute(limits.register_per_minute),
    create_session: perMinute(limits.create_session_per_minute),
    prompts: perMinute(limits.prompts_per_minute),
    uploads: perMinute(limits.uploads_per_minute),
    mcp_test: perMinute(limits.mcp_tests_per_minute),
    ws_messages: new RateLimiterMemory({ points: limits.ws_messages_per_second, duration: 1 }),
    sign_in: perMinute(signInsPerMinute),
    claude_login: perMinute(claudeLoginsPerMinute),
  };
  const bucketOf = addressBucket();
  const keyOf = (name: RateLimitName, key: string) => (name === 'sign_in' ? bucketOf(key) : key);

  return {
    take: (name, key) => take(limiters[name], keyOf(name, key)),
    giveBack: (name, key) => giveBack(limiters[name], keyOf(name, key)),
    async forget(userId) {
      await Promise.all([limiters.create_session.delete(userId), limiters.mcp_test.delete(userId)]);
    },
  };
}

async function take(limiter: RateLimiterMemory, key: string): Promise<RateLimitState> {
  try {
    return stateOf(limiter, true, await limiter.consume(key));
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    // The limiter counts what it refuses; uncounted, a give-back opens the window again at once.
    await limiter.reward(key);
    return stateOf(limiter, false, refusal);
  }
}

async function giveBack(limiter: RateLimiterMemory, key: string): Promise<void> {
  const current = await limiter.get(key);
  // A window that ended meanwhile has nothing to give back to: a reward would open one with a surplus.
  if (current !== null && current.consumedPoints > 0) await limiter.reward(key);
}

function stateOf(limiter: RateLimiterMemory, allowed: boolean, result: RateLimiterRes): RateLimitState {
  return { allowed, limit: limiter.points, remaining: result.remainingPoints, resetMs: Math.max(0, result.msBeforeNext) };
}

/**
 * Puts the caller's address into one of a fixed number of buckets, chosen by a secret of this process: anybody may knock
 * from any number of addresses, and must neither fill the memory nor aim at somebody else's bucket.
 */
function addressBucket(): (address: string) => string {
  const secret = randomBytes(32);
  return (address) => {
    const digest = createHmac('sha256', secret).update(address).digest();
    return String(digest.readUInt32BE() % addressBuckets);
  };
}
