import { decodeJwt } from 'jose';
import type { TokenVerifier } from '../auth.ts';
import { withoutSlash } from './issuer-metadata.ts';

/**
 * Takes the tokens of two issuers: what names `issuer` as its own goes to `foreign`, everything else to `own`, which
 * therefore also says what is wrong with a token of nobody. A name decides only who checks the signature.
 */
export function eitherVerifier(options: {
  readonly own: TokenVerifier;
  readonly foreign: TokenVerifier;
  readonly issuer: string;
}): TokenVerifier {
  const issuer = withoutSlash(options.issuer);
  return {
    verify(token) {
      const named = issuerNamedBy(token);
      return (named !== null && withoutSlash(named) === issuer ? options.foreign : options.own).verify(token);
    },
  };
}

function issuerNamedBy(token: string): string | null {
  try {
    const { iss } = decodeJwt(token);
    return typeof iss === 'string' ? iss : null;
  } catch {
    return null;
  }
}
