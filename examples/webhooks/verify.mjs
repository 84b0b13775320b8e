import { createHmac, timingSafeEqual } from 'node:crypto';

/** The event in `body` (text or bytes, as it arrived), if Latchet signed it in the last five minutes. */
export function verify(secret, headers, body) {
  const [id, at, signatures] = ['id', 'timestamp', 'signature'].map((name) => headers[`webhook-${name}`]);
  if (!(Math.abs(Date.now() / 1000 - at) <= 300)) throw new Error('the message is old, or a clock is wrong');
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const expected = `v1,${createHmac('sha256', key).update(`${id}.${at}.`).update(body).digest('base64')}`;
  const is = (one) => one.length === expected.length && timingSafeEqual(Buffer.from(one), Buffer.from(expected));
  if (!signatures.split(' ').some(is)) throw new Error('the message has no signature of ours');
  return JSON.parse(body);
}
