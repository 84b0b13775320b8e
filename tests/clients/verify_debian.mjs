// Verifiers in Go and Java, unmodified, as Debian packages them. Usage: node verify_debian.mjs TOKENS, the file that verify.py wrote.

import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { folder, go, java, withPackages } from './debian.mjs';

const tokens = resolve(process.argv[2]);
// Each says by itself what it tried.
const run = ([program, ...first]) => execFileSync(program, [...first, tokens], { stdio: 'inherit' });

await withPackages('go-oidc, as a resource server', ['golang-github-coreos-go-oidc-dev', 'golang-go'], () => run(go(folder().path, 'verify', ['verify.go', 'verifier.go'])));
await withPackages('google-oauth-client, as a resource server', ['libgoogle-oauth-client-java', 'libgoogle-gson-java', 'default-jdk-headless'], () => run(java(folder().path, 'Verify')));
console.log('not run  Nimbus, as a resource server: Debian has no package of it');
