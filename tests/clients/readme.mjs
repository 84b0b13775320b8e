// The walks of the README, of two quickstarts and of their translations, run as they are printed. Usage: node readme.mjs INFO

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const info = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const { id, secret } = info.apps.find((app) => app.id === 'demo');

// `--norc`: bash reads the machine's bashrc when its input is a socket, and a bashrc may fail under `-u`.
for (const page of ['README.md', 'docs/zh/README.md']) {
  const text = readFileSync(new URL(`../../${page}`, import.meta.url), 'utf8');
  const [, walk] = text.match(/```sh\n(URL=[^]*?)```/);
  const [first, ...rest] = walk.replaceAll('grace@example.com', `readme-${Date.now()}@example.com`).split('\n');
  assert.equal(first, 'URL=http://127.0.0.1:3000 ID=demo SECRET=ls_…');
  // Each answer on a line of its own.
  const script = [`URL=${info.url} ID=${id} SECRET=${secret}`, ...rest].join('\n').replace('curl -s', "curl -s -w '\\n'");
  const printed = execFileSync('bash', ['--norc', '-euo', 'pipefail', '-c', script], { encoding: 'utf8' });
  const answers = printed.trim().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual(answers.map((answer) => answer.error), Array(4).fill(undefined), printed);
  const [registered, me, mailed, deleted] = answers;
  assert.equal(me.user.id, registered.user.id);
  assert.deepEqual([mailed.message, deleted.message], ['重置邮件已发送', '账号已注销']);
  console.log(`ok  ${page}`);
}

/** Runs the shell block of a page that has `mark` in it, and gives the status of each of its requests. */
function statuses(page, mark) {
  const text = readFileSync(new URL(`../../${page}`, import.meta.url), 'utf8');
  const walk = [...text.matchAll(/```sh\n([^]*?)```/g)].map(([, block]) => block).find((block) => block.includes(mark));
  assert(walk?.includes('URL=http://127.0.0.1:3000\n'), `${page} has no walk with ${mark}`);
  const now = Date.now();
  const script = walk
    .replace('http://127.0.0.1:3000', info.url)
    .replaceAll('lin@example.com', `lin-${now}@example.com`)
    .replaceAll('mei', `mei${now}`)
    .replaceAll('curl -s', "curl -s -w '%{stderr}%{http_code}\\n'");
  const cwd = mkdtempSync(join(tmpdir(), 'latchet-walk-'));
  const { status, stderr } = spawnSync('bash', ['--norc', '-euo', 'pipefail', '-c', script], { cwd, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return stderr.trim().split('\n').map(Number);
}

for (const folder of ['docs', 'docs/zh']) {
  assert.deepEqual(statuses(`${folder}/quickstarts/web.md`, 'custom-logout'), [201, 204, 200, 204]);
  assert.deepEqual(statuses(`${folder}/quickstarts/hashed.md`, 'api/Auth/Refresh'), [200, 200, 200]);
  console.log(`ok  ${folder}/quickstarts/web.md and hashed.md`);
}
