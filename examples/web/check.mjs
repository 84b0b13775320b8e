// Runs auth.js as a browser would: with a jar for cookies. Usage: node check.mjs INFO, the file that `cargo dev up --info` wrote.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as auth from './auth.js';

const info = JSON.parse(readFileSync(process.argv[2], 'utf8'));
auth.service.url = info.url;

const jar = new Map();
let refreshes = 0;
const { fetch } = globalThis;
globalThis.fetch = async (url, { credentials, headers, ...rest }) => {
  assert.equal(credentials, 'include');
  refreshes += Number(url.endsWith('/custom-refresh/'));
  const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
  const answer = await fetch(url, { ...rest, headers: { ...headers, cookie, 'accept-language': 'en' } });
  for (const line of answer.headers.getSetCookie()) {
    const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
    value ? jar.set(name, value) : jar.delete(name);
  }
  return answer;
};

const email = `web-${Date.now()}@example.com`;
const [password, captcha] = ['a long enough phrase', 'recaptcha_response'];
const refused = (status, code) => (error) => error instanceof auth.Refusal && error.status === status && error.code === code;

await assert.rejects(auth.signUp(email, 'short', captcha), (error) => refused(400, 'invalid_fields')(error) && 'password' in error.fields);
await auth.signUp(email, password, captcha);
await auth.signOut();
await assert.rejects(auth.me(), refused(401, 'session_ended'));
await assert.rejects(auth.signIn(email, 'not the password', captcha), refused(401, 'invalid_credentials'));
await auth.signIn(email, password, captcha);
assert.equal((await auth.me()).email, email);
refreshes = 0;
const wrong = { login: email, password: 'not the password', captcha };
await assert.rejects(auth.call('POST', '/auth/signin/', wrong), refused(401, 'invalid_credentials'));
assert.equal(refreshes, 0, 'a refusal of what was sent is not sent twice');
await assert.rejects(auth.verifyEmail('12'), (error) => refused(400, 'invalid_fields')(error) && 'verification_code' in error.fields);
assert.equal((await auth.sessions()).length, 1);

refreshes = 0;
jar.set('access_token', 'as after an hour');
const both = await Promise.all([auth.me(), auth.me()]);
assert.deepEqual(both.map((one) => one.email), [email, email]);
assert.equal(refreshes, 1);

await auth.signOut();
assert.equal(jar.size, 0);
console.log('ok  examples/web');
