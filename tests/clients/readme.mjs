// The walks of the README and of its translation, run as they are printed. Usage: node readme.mjs INFO

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const info = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const { id, secret } = info.apps.find((app) => app.id === 'demo');

for (const page of ['README.md', 'docs/zh/README.md']) {
  const text = readFileSync(new URL(`../../${page}`, import.meta.url), 'utf8');
  const [, walk] = text.match(/```sh\n(URL=[^]*?)```/);
  const [first, ...rest] = walk.replaceAll('grace@example.com', `readme-${Date.now()}@example.com`).split('\n');
  assert.equal(first, 'URL=http://127.0.0.1:3000 ID=demo SECRET=ls_…');
  // Each answer on a line of its own.
  const script = [`URL=${info.url} ID=${id} SECRET=${secret}`, ...rest].join('\n').replace('curl -s', "curl -s -w '\\n'");
  const printed = execFileSync('bash', ['-euo', 'pipefail', '-c', script], { encoding: 'utf8' });
  const answers = printed.trim().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual(answers.map((answer) => answer.error), Array(4).fill(undefined), printed);
  const [registered, me, mailed, deleted] = answers;
  assert.equal(me.user.id, registered.user.id);
  assert.deepEqual([mailed.message, deleted.message], ['重置邮件已发送', '账号已注销']);
  console.log(`ok  ${page}`);
}
