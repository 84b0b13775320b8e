// Runs session.js against the running service, whose app `default` signs by ES256. Usage: node check.mjs INFO

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const info = JSON.parse(readFileSync(process.argv[2], 'utf8'));
process.env.LATCHET_URL = info.url;
const { refresh, userOf } = await import('./session.js');

const answer = await fetch(`${info.url}/api/v1/auth/signup/`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ email: `next-${Date.now()}@example.com`, password: 'a long enough phrase', captcha: 'recaptcha_response' }),
});
const { id } = await answer.json();
const value = (lines, name) => lines.find((line) => line.startsWith(`${name}=`)).match(/=([^;]*)/)[1];

const lines = answer.headers.getSetCookie();
assert.equal(await userOf(value(lines, 'access_token')), id);
assert.equal(await userOf(undefined), undefined);
assert.equal(await userOf('x.y.z'), undefined);
const again = await refresh(value(lines, 'refresh_token'));
assert.equal(await userOf(value(again, 'access_token')), id);
assert.equal(await refresh('not a token'), undefined);
console.log('ok  examples/nextjs');
