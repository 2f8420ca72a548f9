import { createHash, timingSafeEqual } from 'node:crypto';
import { ApiError } from '@ai-sessions/protocol';

/**
 * Checks what the user pasted against the sign-in's state, in constant time: a code of somebody else's sign-in must not
 * bind their account to this user. Returns it as Claude Code takes it.
 * @param pasted `<code>#<state>`, as Claude's page shows it; blanks around it do no harm.
 * @throws ApiError `oauth_code_rejected`, which does not quote it.
 */
export function checkPastedCode(pasted: string, state: string): string {
  const text = pasted.trim();
  const [, code, given] = /^([A-Za-z0-9._~-]+)#([A-Za-z0-9._~-]+)$/.exec(text) ?? [];
  if (code === undefined || given === undefined) {
    throw new ApiError('oauth_code_rejected', 'That is not the whole code. Copy all of it, including the # in the middle.');
  }
  if (!timingSafeEqual(digest(given), digest(state))) {
    throw new ApiError(
      'oauth_code_rejected',
      'This code belongs to another sign-in. Open the address of this one, and paste the code that it shows you.',
    );
  }
  return text;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
