import { auth } from 'express-oauth2-jwt-bearer';

// A middleware. `keys`, `issuer` and `audience` are the server's own configuration, never values of a token.
export function verifier({ keys, issuer, audience }) {
  return auth({ issuer, audience, jwksUri: keys });
}
