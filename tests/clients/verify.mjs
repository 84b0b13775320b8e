// Node's verifiers, unmodified, as backends and API Gateway use them. Usage: node verify.mjs TOKENS, the file that verify.py wrote.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { compactVerify, createRemoteJWKSet } from 'jose';
import { apiGateway, awsJwtVerify, expressBearer } from './resource_servers.mjs';
import { verifier as jose } from './verifier.mjs';

const { keys, verifiers, tokens } = JSON.parse(readFileSync(process.argv[2], 'utf8'));

const set = createRemoteJWKSet(new URL(keys));
async function decode(token) {
  const { payload, protectedHeader } = await compactVerify(token, set);
  return { payload: JSON.parse(new TextDecoder().decode(payload)), protectedHeader };
}

const libraries = {
  jose,
  'aws-jwt-verify': awsJwtVerify,
  'express-oauth2-jwt-bearer': expressBearer,
  "API Gateway's JWT authorizer, by its rules": (given) => apiGateway(decode, given),
};
// API Gateway reads RSA signatures alone.
const reads = (library, token) => !library.startsWith('API Gateway') || algorithm(token).startsWith('RS');
const algorithm = (token) => JSON.parse(Buffer.from(token.split('.')[0], 'base64url')).alg;

async function accepts(verify, token) {
  try {
    await verify(token);
    return true;
  } catch (error) {
    // A library's own refusal, never a mistake of this script.
    assert.ok(!(error instanceof TypeError || error instanceof ReferenceError), error);
    return false;
  }
}

for (const [library, verifierOf] of Object.entries(libraries)) {
  for (const verifier of verifiers) {
    const verify = verifierOf({ keys, ...verifier });
    for (const { kind, token, good_for: goodFor } of tokens) {
      const good = goodFor === verifier.name && reads(library, token);
      assert.equal(await accepts(verify, token), good, `${library}, ${verifier.name}: ${kind}`);
    }
  }
  console.log(`ok  ${library}: ${verifiers.length} verifiers, ${tokens.length} tokens`);
}
