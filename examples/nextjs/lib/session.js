// The signed-in user on the server side of a web framework: no call for a token that is good, one call an hour to refresh.

import { claims } from './verify.mjs';

const issuer = process.env.LATCHET_URL ?? 'http://127.0.0.1:3000';
const audience = process.env.LATCHET_APP ?? 'default';

/** The user's id, by the cookie `access_token`; undefined when nobody is signed in, or the hour is over. */
export async function userOf(accessToken) {
  return accessToken && (await claims(accessToken, { issuer, audience }))?.sub;
}

/** New cookies by the cookie `refresh_token`, as Set-Cookie lines; undefined when the user has to sign in. */
export async function refresh(refreshToken) {
  const answer = await fetch(`${issuer}/api/v1/auth/custom-refresh/`, {
    method: 'POST',
    headers: { cookie: `refresh_token=${refreshToken}` },
  });
  if (answer.status === 401) return undefined;
  if (!answer.ok) throw new Error(`refresh: ${answer.status}`);
  return answer.headers.getSetCookie();
}
