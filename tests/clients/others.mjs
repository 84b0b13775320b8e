// Relying parties that are programs in other languages, and Apache: as Debian and crates.io have them, unmodified, with the issuer's address
// alone. Usage: node others.mjs INFO, the file that `cargo dev up --info` wrote.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { apache } from './apache.mjs';
import { Browser } from './browser.mjs';
import { folder, go, java, withPackages } from './debian.mjs';
import { register } from './operator.mjs';

const INFO = process.argv[2];
const info = JSON.parse(readFileSync(INFO, 'utf8'));
const SITE = 'http://127.0.0.1:9994';
const SCOPE = 'openid profile email offline_access';

// Discovery, the code flow with PKCE, the ID token, userinfo, refresh and the sign-out are the program's own. It is given a browser: it
// prints `sign-in URL` or `sign-out URL`, and reads the address that the browser is sent to. It prints `user E-MAIL` as userinfo says it.
async function program(name, compile) {
  const party = register(INFO, name, ['--redirect-uri', `${SITE}/back`, '--scope', SCOPE, '--post-logout-redirect-uri', `${SITE}/out`]);
  const browser = new Browser(info);
  await browser.signUp();
  const { path, as } = folder();
  const [command, ...given] = compile(path);
  const env = { PATH: process.env.PATH, HOME: path, ISSUER: info.url, CLIENT_ID: party.id, CLIENT_SECRET: party.secret, REDIRECT_URI: `${SITE}/back`, AFTER: `${SITE}/out` };
  const running = spawn(command, given, { cwd: path, env, stdio: ['pipe', 'pipe', 'inherit'], ...as });
  const ended = new Promise((resolve, reject) => running.on('exit', resolve).on('error', reject));
  const said = [];
  for await (const line of createInterface({ input: running.stdout })) {
    const [what, value] = line.split(' ');
    said.push(what);
    if (what === 'user') assert.equal(value, browser.email);
    if (what === 'sign-in') running.stdin.write(`${await browser.agree(value)}\n`);
    if (what === 'sign-out') {
      const { location } = await browser.request(value);
      assert.equal(location, `${SITE}/out?state=bye`);
      running.stdin.write(`${location}\n`);
    }
  }
  assert.equal(await ended, 0, name);
  assert.deepEqual(said, ['sign-in', 'user', 'sign-out'], name);
}

// Not of this workspace: the crate brings cryptography of its own.
function rust(into) {
  const target = join(import.meta.dirname, '../../.dev/clients/openidconnect');
  const manifest = join(import.meta.dirname, 'openidconnect/Cargo.toml');
  execFileSync('cargo', ['build', '--locked', '--quiet', '--manifest-path', manifest, '--target-dir', target], { stdio: 'inherit' });
  copyFileSync(join(target, 'debug/openidconnect-party'), join(into, 'party'));
  return [join(into, 'party')];
}

await program('openidconnect', rust);
console.log('ok  openidconnect, the crate: PKCE, nonce, userinfo, refresh, logout');
await withPackages('go-oidc: PKCE, nonce, userinfo, refresh, logout', ['golang-github-coreos-go-oidc-dev', 'golang-golang-x-oauth2-dev', 'golang-go'], () =>
  program('go-oidc', (into) => go(into, 'party', ['party.go'])),
);
await withPackages('google-oauth-client: PKCE, nonce, userinfo, refresh, logout', ['libgoogle-oauth-client-java', 'libgoogle-gson-java', 'default-jdk-headless'], () =>
  program('google-oauth-client', (into) => java(into, 'Party')),
);
await withPackages('mod_auth_openidc in Apache: PKCE, nonce, userinfo, refresh, logout', ['libapache2-mod-auth-openidc', 'apache2-bin'], () => apache(INFO, info));
console.log('not run  Nimbus, as a relying party: Debian has no package of it');
