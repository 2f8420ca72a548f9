/** What Claude Code's sign-in shows at a moment. */
export interface LoginScreen {
  /** Where to authorize; there once the screen asks for the code too, so that it is whole. */
  readonly url: string | null;
  /** What Claude Code says went wrong. It waits for Enter then, to start over. */
  readonly error: string | null;
  /** The long-lived token; whole only when the program has ended. */
  readonly token: string | null;
}

/** Where Claude's sign-in page may be. The address goes to the user's browser. */
const PAGES: ReadonlySet<string> = new Set(['claude.com', 'claude.ai', 'platform.claude.com']);

/** @param lines the terminal's, top to bottom, without trailing blanks; wide enough that nothing is wrapped. */
export function readLoginScreen(lines: readonly string[]): LoginScreen {
  const words = lines.map((line) => line.trim());
  const asks = words.some((line) => /^Paste code here/i.test(line));
  return {
    url: asks ? (words.find(isSignInUrl) ?? null) : null,
    error: firstMatch(words, /\bOAuth error: (.+)$/),
    token: firstMatch(words, /^(sk-ant-oat\d\d-[\w-]{20,1000})$/),
  };
}

function isSignInUrl(line: string): boolean {
  const url = URL.parse(line);
  return url?.protocol === 'https:' && PAGES.has(url.host) && (url.searchParams.get('state') ?? '') !== '';
}

function firstMatch(lines: readonly string[], pattern: RegExp): string | null {
  for (const line of lines) {
    const found = pattern.exec(line)?.[1];
    if (found !== undefined) return found;
  }
  return null;
}
