import { JwtVerifier } from 'aws-jwt-verify';

// It has a method `verify(token)`. `keys`, `issuer` and `audience` are the server's own configuration, never values of a token.
export function verifier({ keys, issuer, audience }) {
  return JwtVerifier.create({ issuer, audience, jwksUri: keys });
}
