// Runs auth.js as a phone app would. Usage: node check.mjs INFO

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { latchet, Refusal } from './auth.js';

const info = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const app = info.apps.find(({ id }) => id === 'demo');
let token;
const store = { get: () => token, set: (given) => (token = given), clear: () => (token = undefined) };
const phone = latchet({ url: info.url, appId: app.id, appSecret: app.secret, store });
const refused = (status, message) => (error) => error instanceof Refusal && error.status === status && error.message === message;

const email = `mobile-${Date.now()}@example.com`;
assert.equal(await phone.me(), undefined);
const user = await phone.register(email, 'secret123');
assert.deepEqual(await phone.me(), { id: user.id, email });
await phone.signOut();
await assert.rejects(phone.signIn(email, 'secret124'), refused(401, '邮箱或密码错误'));
assert.equal((await phone.signIn(email, 'secret123')).id, user.id);

const number = `139${String(Date.now()).slice(-8)}`;
await phone.sendCode(number);
await assert.rejects(phone.sendCode(number), refused(400, '发送过于频繁,请60秒后再试'));
await assert.rejects(phone.signInByCode(number, '12'), refused(400, '验证码错误'));

const old = token;
await phone.deleteAccount();
token = old;
assert.equal(await phone.me(), undefined);
assert.equal(token, undefined);
// No Dart SDK can be had from the registries that we use. What auth.dart calls is compared with what auth.js does.
const called = (file, name) => {
  const source = readFileSync(new URL(file, import.meta.url), 'utf8');
  const direct = [...source.matchAll(new RegExp(`${name}\\('([A-Z]+)', '([a-z-]+)'`, 'g'))].map(([, method, path]) => `${method} ${path}`);
  const signing = [...source.matchAll(/signedIn\('([a-z-]+)'/gi)].map(([, path]) => `POST ${path}`);
  return [...new Set([...direct, ...signing])].sort();
};
assert.deepEqual(called('auth.dart', '_call'), called('auth.js', 'call'));
assert.equal(called('auth.js', 'call').length, 6);
console.log('ok  examples/mobile, auth.js under Node');
console.log('not run  examples/mobile, auth.dart: no Dart SDK can be had; its calls are those of auth.js');
