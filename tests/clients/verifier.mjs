import { createRemoteJWKSet, jwtVerify } from 'jose';

// `keys`, `issuer` and `audience` are the server's own configuration, never values of a token.
export function verifier({ keys, issuer, audience }) {
  const set = createRemoteJWKSet(new URL(keys));
  const algorithms = ['ES256', 'RS256', 'EdDSA'];
  return async (token) => (await jwtVerify(token, set, { issuer, audience, algorithms })).payload;
}
