// Tries the verifiers beside this file on tokens of the running service. Usage: node check.mjs INFO

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { ask } from './ask.mjs';
import { claims } from './verify.mjs';

const info = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const service = info.url;
const [demo, other] = ['demo', 'demo-2'].map((id) => info.apps.find((app) => app.id === id));

async function register(app) {
  const answer = await fetch(`${service}/api/v1/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-app-id': app.id, 'x-app-secret': app.secret },
    body: JSON.stringify({ email: `backend-${Date.now()}@example.com`, password: 'secret123' }),
  });
  return answer.json();
}

const { token, user } = await register(demo);
const [as, asOther] = [demo, other].map((app) => ({ service, appId: app.id, appSecret: app.secret }));
assert.equal((await ask(token, as)).sub, String(user.id));
assert.equal(await ask(token, asOther), undefined);
assert.equal(await ask('x.y.z', as), undefined);

// By the public keys: an app whose tokens are signed by HS256, as by default, has none there.
const alg = JSON.parse(Buffer.from(token.split('.')[0], 'base64url')).alg;
const verified = await claims(token, { issuer: service, audience: demo.id });
assert.equal(verified?.sub, alg === 'HS256' ? undefined : String(user.id));
if (alg !== 'HS256') {
  assert.equal(await claims(token, { issuer: service, audience: other.id }), undefined);
  assert.equal(await claims(token, { issuer: 'https://auth.example', audience: demo.id }).catch(() => undefined), undefined);
  const [head, body, signature] = token.split('.');
  assert.equal(await claims(`${head}.${body}.${signature.slice(4)}AAAA`, { issuer: service, audience: demo.id }), undefined);
}

const server = spawn(process.execPath, [new URL('server.mjs', import.meta.url).pathname, service, demo.id, demo.secret, '0']);
const [line] = await once(server.stdout, 'data');
try {
  const url = String(line).trim();
  assert.equal((await fetch(url)).status, 401);
  const greeting = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  assert.deepEqual(await greeting.json(), { hello: String(user.id) });
} finally {
  server.kill();
}

const python = spawn('python3', ['-c', 'import sys, ask; print((ask.ask(*sys.argv[1:]) or {}).get("sub"))', token, service, demo.id, demo.secret], {
  cwd: new URL('.', import.meta.url).pathname,
  env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
});
const [printed] = await once(python.stdout, 'data');
assert.equal(String(printed).trim(), String(user.id));
console.log(`ok  examples/backend, ${alg}`);
