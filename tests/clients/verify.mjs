// jose, unmodified, as backends use it. Usage: node verify.mjs TOKENS, the file that verify.py wrote.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRemoteJWKSet, jwtVerify } from 'jose';

const { keys, verifiers, tokens } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const set = createRemoteJWKSet(new URL(keys));

async function accepts({ issuer, audience }, token) {
  try {
    await jwtVerify(token, set, { issuer, audience });
    return true;
  } catch (error) {
    assert.ok(error.code, error);
    return false;
  }
}

for (const verifier of verifiers) {
  for (const { kind, token, good_for: goodFor } of tokens) {
    assert.equal(await accepts(verifier, token), goodFor === verifier.name, `${verifier.name}: ${kind}`);
  }
}
console.log(`ok  jose: ${verifiers.length} verifiers, ${tokens.length} tokens`);
