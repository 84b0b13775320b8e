// Walks through app.mjs as its visitor, who agrees. Usage: node check.mjs INFO

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Browser } from '../../tests/clients/browser.mjs';

const file = process.argv[2];
const info = JSON.parse(readFileSync(file, 'utf8'));
const user = new Browser(info);
await user.signUp();

const app = spawn(process.execPath, [new URL('app.mjs', import.meta.url).pathname, file]);
await once(app.stdout, 'data');
let cookie = '';
async function visit(address) {
  const answer = await fetch(new URL(address, 'http://127.0.0.1:9999'), { redirect: 'manual', headers: { cookie } });
  cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? cookie;
  return { to: answer.headers.get('location'), page: await answer.text() };
}
try {
  assert.match((await visit('/')).page, /Connect your account/);
  const { to } = await visit('/connect');
  const back = await user.agree(to);
  assert.equal((await visit(back)).to, '/');
  assert.match((await visit('/')).page, new RegExp(user.email));
  await visit('/refresh');
  assert.match((await visit('/')).page, new RegExp(user.email));
  await visit('/leave');
  assert.match((await visit('/')).page, /Connect your account/);
} finally {
  app.kill();
}
console.log('ok  examples/third-party');
