// Verifies the example of Standard Webhooks by both files, and has them refuse what differs from it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { verify } from './verify.mjs';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const at = 1614265330;
const body = '{"test": 2432232314}';
const signature = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
const headers = { 'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek', 'webhook-timestamp': `${at}`, 'webhook-signature': signature };

const inPython = (secret, headers, body, now) => {
  const script = 'import json, sys, time, verify; secret, headers, body, now = json.loads(sys.argv[1]); time.time = lambda: now; '
    + 'print(json.dumps(verify.verify(secret, headers, body.encode())))';
  const run = ['-c', script, JSON.stringify([secret, headers, body, now])];
  return JSON.parse(execFileSync('python3', run, { cwd: import.meta.dirname, stdio: ['ignore', 'pipe', 'ignore'] }));
};
const inNode = (secret, headers, body, now) => {
  Date.now = () => now * 1000;
  return verify(secret, headers, body);
};

for (const check of [inNode, inPython]) {
  assert.deepEqual(check(secret, headers, body, at + 300), { test: 2432232314 });
  const both = { ...headers, 'webhook-signature': `v1,${'A'.repeat(43)}= ${signature}` };
  assert.deepEqual(check(secret, both, body, at), { test: 2432232314 }, 'after a rotation');
  assert.throws(() => check(secret, headers, body, at + 301), 'an old message');
  assert.throws(() => check(secret, headers, body.replace('4', '5'), at), 'another body');
  assert.throws(() => check(secret, { ...headers, 'webhook-id': 'msg_other' }, body, at), 'another id');
  assert.throws(() => check('whsec_AAAA', headers, body, at), 'another secret');
  assert.throws(() => check(secret, { ...headers, 'webhook-signature': '' }, body, at), 'no signature');
}
