// Verifies an access token of one of your apps by the deployment's public keys. Node 20 or later, no dependencies.

import { createPublicKey, verify } from 'node:crypto';

const HASHES = { ES256: 'sha256', RS256: 'sha256', EdDSA: null };
const known = new Map();

/** The deployment's keys, by their ids. Fetched again only when a token names one that is not known. */
async function key(issuer, id) {
  if (!known.has(id)) {
    const { keys } = await (await fetch(`${issuer}/.well-known/jwks.json`)).json();
    for (const jwk of keys) known.set(jwk.kid, { alg: jwk.alg, key: createPublicKey({ key: jwk, format: 'jwk' }) });
  }
  return known.get(id);
}

/** The claims of `token` if `issuer` made it for the app `audience` and it has not expired; otherwise undefined. */
export async function claims(token, { issuer, audience }) {
  const [head, body, signature, ...more] = token.split('.');
  if (!signature || more.length) return undefined;
  let header, payload;
  try {
    [header, payload] = [head, body].map((part) => JSON.parse(Buffer.from(part, 'base64url')));
  } catch {
    return undefined;
  }
  // The key says the algorithm, never the token: otherwise a token could choose how it is checked.
  const found = await key(issuer, header.kid);
  if (!found || found.alg !== header.alg || !(header.alg in HASHES)) return undefined;
  const good = verify(
    HASHES[header.alg],
    Buffer.from(`${head}.${body}`),
    { key: found.key, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  );
  const ours = payload.iss === issuer && payload.aud === audience && payload.exp > Date.now() / 1000;
  return good && ours ? payload : undefined;
}
