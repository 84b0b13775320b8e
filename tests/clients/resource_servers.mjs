// The verifiers that are not a function of the token alone, and API Gateway. Each function here gives one that takes a token or throws.

import { verifier as aws } from './verifier_aws.mjs';
import { verifier as express } from './verifier_express.mjs';

export function awsJwtVerify(given) {
  const checks = aws(given);
  // It fetches keys by https alone, and the local run speaks HTTP.
  const cached = fetch(given.keys).then((answer) => answer.json()).then((set) => checks.cacheJwks(set));
  return async (token) => {
    await cached;
    return checks.verify(token);
  };
}

export function expressBearer(given) {
  const check = express(given);
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
