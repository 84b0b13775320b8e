// jose, unmodified, as backends use it. Usage: node verify.mjs TOKENS, the file that verify.py wrote.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { verifier as verifierOf } from './verifier.mjs';

const { keys, verifiers, tokens } = JSON.parse(readFileSync(process.argv[2], 'utf8'));

async function accepts(verify, token) {
  try {
    await verify(token);
    return true;
  } catch (error) {
    assert.ok(error.code, error);
    return false;
  }
}

for (const verifier of verifiers) {
  const verify = verifierOf({ keys, ...verifier });
  for (const { kind, token, good_for: goodFor } of tokens) {
    assert.equal(await accepts(verify, token), goodFor === verifier.name, `${verifier.name}: ${kind}`);
  }
}
console.log(`ok  jose: ${verifiers.length} verifiers, ${tokens.length} tokens`);
