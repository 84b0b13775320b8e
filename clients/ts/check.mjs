// Tries what tsc made of latchet.ts, with a jar for cookies and two tabs. Usage: node check.mjs INFO

import './hostile.mjs';

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const info = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const compiled = new URL('../../target/clients-ts/latchet.js', import.meta.url);
assert.ok(readFileSync(compiled).length < 4096, 'the client is under 4 KB');

const source = readFileSync(new URL('latchet.ts', import.meta.url), 'utf8');
const page = (name) => readFileSync(new URL(`../../docs/api/${name}.md`, import.meta.url), 'utf8');
// `call` reaches the resources too, such as mementos. They answer in the same shape.
const reference = page('browser') + page('oauth').split('\n## Errors of resources\n')[1].split('\n## ')[0];
const codes = (text) => [...new Set(text)].sort();
const documented = [...reference.matchAll(/^\| \d{3} \| `(\w+)` \|/gm)].map(([, code]) => code);
const typed = [...source.match(/type Code =([^;]*);/)[1].matchAll(/'(\w+)'/g)].map(([, code]) => code);
assert.deepEqual(codes(typed), codes(documented));

// What a browser has: one jar and one storage for all tabs, and a lock that one of them holds at a time.
const jar = new Map();
const sent = [];
let broken = 0;
const { fetch } = globalThis;
globalThis.fetch = async (url, { credentials, headers, ...rest }) => {
  assert.equal(credentials, 'include');
  sent.push(new URL(url).pathname);
  if (broken) {
    broken -= 1;
    return new Response('{"code":"unavailable","detail":"The service is not available."}', { status: 503, headers: { 'retry-after': '0' } });
  }
  const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
  const answer = await fetch(url, { ...rest, headers: { ...headers, cookie, 'accept-language': 'en' } });
  for (const line of answer.headers.getSetCookie()) {
    const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
    value ? jar.set(name, value) : jar.delete(name);
  }
  return answer;
};
const stored = new Map();
globalThis.localStorage = { getItem: (key) => stored.get(key) ?? null, setItem: (key, value) => stored.set(key, value) };
let held = Promise.resolve();
const locks = { request: (_, work) => (held = held.then(work, work)) };
Object.defineProperty(globalThis, 'navigator', { value: { locks } });

const { Latchet, LatchetError } = await import(compiled);
const [tab, other] = [new Latchet({ url: info.url }), new Latchet({ url: info.url })];
const account = { email: `ts-${Date.now()}@example.com`, password: 'a long enough phrase', captcha: 'recaptcha_response' };
const refused = (status, code) => (error) => error instanceof LatchetError && error.status === status && error.code === code;

await assert.rejects(tab.signUp({ ...account, email: 'x' }), (error) => refused(400, 'invalid_fields')(error) && error.fields.email.length === 1);
assert.equal((await tab.signUp(account)).email, account.email);
await assert.rejects(tab.verifyEmail('123'), refused(400, 'invalid_fields'));
assert.equal((await tab.sessions())[0].current, true);

// Two tabs, three requests, one refresh.
jar.set('access_token', 'as after an hour');
sent.length = 0;
const users = await Promise.all([tab.me(), tab.me(), other.me()]);
assert.deepEqual(users.map(({ email }) => email), [account.email, account.email, account.email]);
assert.equal(sent.filter((path) => path.endsWith('/custom-refresh/')).length, 1);

// An outage is waited out, but not for ever.
broken = 2;
assert.equal((await tab.me()).email, account.email);
broken = 3;
await assert.rejects(tab.me(), refused(503, 'unavailable'));

await tab.signOut();
await assert.rejects(other.me(), refused(401, 'session_ended'));
await tab.signIn({ login: account.email, ...account });
await tab.endAllSessions();
await assert.rejects(tab.me(), refused(401, 'session_ended'));
console.log('ok  clients/ts');
