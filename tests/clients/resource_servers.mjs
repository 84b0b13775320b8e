// How other libraries than jose are given the same three values. Each function gives a verifier: it takes a token or throws.

import { JwtVerifier } from 'aws-jwt-verify';
import { auth } from 'express-oauth2-jwt-bearer';

// AWS's own, for Lambda authorizers and backends.
export function awsJwtVerify({ keys, issuer, audience }) {
  const verifier = JwtVerifier.create({ issuer, audience, jwksUri: keys });
  // It fetches keys by https alone, which the local run has with --tls.
  const cached = keys.startsWith('https:') ? undefined : fetch(keys).then((answer) => answer.json()).then((set) => verifier.cacheJwks(set));
  return async (token) => {
    await cached;
    return verifier.verify(token);
  };
}

// Auth0's, for Express.
export function expressBearer({ keys, issuer, audience }) {
  const check = auth({ issuer, audience, jwksUri: keys });
  return async (token) => {
    const headers = { authorization: `Bearer ${token}`, host: 'api.example' };
    const request = { method: 'GET', url: '/', headers, get: (name) => headers[name.toLowerCase()], is: () => false, query: {} };
    await new Promise((taken, refused) => check(request, {}, (error) => (error ? refused(error) : taken())));
    return request.auth.payload;
  };
}

// An HTTP API of API Gateway, by the rules of its documentation: `iss`, `aud` or `client_id`, `exp`, `nbf`, `iat`, and RSA signatures alone.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
export function apiGateway(decode, { keys, issuer, audience }) {
  return async (token) => {
    const { payload, protectedHeader } = await decode(token, keys);
    if (!protectedHeader.kid || !protectedHeader.alg.startsWith('RS')) throw new Error('not an RSA signature with a key id');
    if (payload.iss !== issuer) throw new Error('another issuer');
    const audiences = [payload.aud ?? payload.client_id].flat();
    if (!audiences.includes(audience)) throw new Error('another audience');
    const now = Date.now() / 1000;
    if (!(payload.exp > now) || payload.nbf > now || payload.iat > now) throw new Error('not its time');
    return payload;
  };
}
