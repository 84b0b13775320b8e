// Runs lib/session.js, and the whole folder by Next.js itself, against the running service, whose app `default` signs by ES256. Next.js
// comes from npm, and is built in .dev/nextjs, where links are files. Usage: node check.mjs INFO

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';

const info = JSON.parse(readFileSync(process.argv[2], 'utf8'));
process.env.LATCHET_URL = process.env.NEXT_PUBLIC_LATCHET_URL = info.url;
process.env.NEXT_TELEMETRY_DISABLED = '1';
const { refresh, userOf } = await import('./lib/session.js');

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

const folder = resolve(import.meta.dirname, '../../.dev/nextjs');
mkdirSync(folder, { recursive: true });
for (const name of ['app', 'lib']) rmSync(resolve(folder, name), { recursive: true, force: true });
for (const name of ['app', 'lib', 'proxy.js', 'package.json']) {
  cpSync(resolve(import.meta.dirname, name), resolve(folder, name), { recursive: true, dereference: true });
}
const run = (program, ...words) => {
  const { status } = spawnSync(program, words, { cwd: folder, stdio: 'inherit' });
  assert.equal(status, 0, `${program} ${words.join(' ')}`);
};
run('npm', 'install', '--no-audit', '--no-fund');
run('npx', 'next', 'build');

const port = await new Promise((taken) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => taken(port));
  });
});
// In a group of its own, so that what it starts ends with it.
const next = spawn('npx', ['next', 'start', '--hostname', '127.0.0.1', '--port', `${port}`], { cwd: folder, detached: true, stdio: 'ignore' });
try {
  const site = `http://127.0.0.1:${port}`;
  const page = (path, cookie = '') => fetch(site + path, { headers: { cookie }, redirect: 'manual' });
  for (let looks = 0; !(await page('/sign-in').catch(() => undefined)); looks += 1) {
    assert.ok(looks < 300, 'next start does not answer');
    await setTimeout(100);
  }
  assert.match(await (await page('/sign-in')).text(), /autoComplete="current-password"|autocomplete="current-password"/);

  const nobody = await page('/');
  assert.deepEqual([nobody.status, nobody.headers.get('location')], [307, '/sign-in']);
  const made_up = await page('/', 'access_token=x.y.z');
  assert.equal(made_up.headers.get('location'), '/sign-in');

  const signedIn = await page('/', `access_token=${value(again, 'access_token')}`);
  assert.equal(signedIn.status, 200);
  assert.match((await signedIn.text()).replaceAll('<!-- -->', ''), new RegExp(`You are user ${id}\\.`));

  // The hour is over: the proxy brings new cookies, and the same page with them is the user's.
  const later = await page('/', `refresh_token=${value(again, 'refresh_token')}`);
  assert.equal(later.status, 307);
  assert.equal(new URL(later.headers.get('location'), site).pathname, '/');
  const renewed = await page('/', `access_token=${value(later.headers.getSetCookie(), 'access_token')}`);
  assert.equal(renewed.status, 200);
} finally {
  process.kill(-next.pid);
}
console.log(`ok  examples/nextjs, by Next.js ${JSON.parse(readFileSync(resolve(folder, 'node_modules/next/package.json'), 'utf8')).version}`);
