// Relying parties of OpenID Connect, unmodified, with the issuer's address alone. Usage: node parties.mjs INFO, the file that
// `cargo dev up --info` wrote.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Auth, skipCSRFCheck } from '@auth/core';
import { buildSync } from 'esbuild';
import * as openid from 'openid-client';
import { Browser } from './browser.mjs';
import { refused, register } from './operator.mjs';

const INFO = process.argv[2];
const info = JSON.parse(readFileSync(INFO, 'utf8'));
const SITE = 'http://127.0.0.1:9996';

async function withOpenidClient() {
  const party = register(INFO, 'openid-client', ['--redirect-uri', `${SITE}/back`, '--scope', 'openid profile email offline_access', '--post-logout-redirect-uri', `${SITE}/out`]);
  const browser = new Browser(info);
  await browser.signUp();
  const config = await openid.discovery(new URL(info.url), party.id, party.secret, undefined, { execute: [openid.allowInsecureRequests] });
  const verifier = openid.randomPKCECodeVerifier();
  const [state, nonce] = [openid.randomState(), openid.randomNonce()];
  const request = async (more = {}) => openid.buildAuthorizationUrl(config, {
    redirect_uri: `${SITE}/back`,
    scope: 'openid profile email offline_access',
    state,
    nonce,
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...more,
  });
  const redeem = (back) => openid.authorizationCodeGrant(config, back, { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, maxAge: 3600 });
  const tokens = await redeem(await browser.agree((await request({ max_age: '3600' })).href));
  const claims = tokens.claims();
  assert.equal(claims.aud, party.id);
  const user = await openid.fetchUserInfo(config, tokens.access_token, claims.sub);
  assert.deepEqual([user.email, user.email_verified, user.name], [browser.email, false, 'Ada']);
  const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token);
  assert.equal(refreshed.claims()?.sub ?? claims.sub, claims.sub);

  // The page is not shown again, and a request that must not show one says what it lacks.
  const silent = await browser.request((await request({ prompt: 'none' })).href);
  assert.equal(silent.status, 302);
  await redeem(new URL(silent.location));
  const stranger = new Browser(info);
  const unknown = await stranger.request((await request({ prompt: 'none' })).href);
  await refused(redeem(new URL(unknown.location)), 'login_required');

  const out = openid.buildEndSessionUrl(config, { post_logout_redirect_uri: `${SITE}/out`, id_token_hint: tokens.id_token, state: 'bye' });
  const left = await browser.request(out.href);
  assert.equal(left.location, `${SITE}/out?state=bye`);
  await refused(openid.refreshTokenGrant(config, refreshed.refresh_token ?? tokens.refresh_token), 'invalid_grant');
}

async function withAuthJs() {
  const callback = `${SITE}/auth/callback/latchet`;
  const party = register(INFO, 'Auth.js', ['--redirect-uri', callback, '--scope', 'openid profile email']);
  const browser = new Browser(info);
  await browser.signUp();
  // The name and the e-mail are answered by userinfo; the ID token says who signed in, and how (OpenID Connect Core §5.4).
  const provider = { idToken: false, id: 'latchet', name: 'Latchet', type: 'oidc', issuer: info.url, clientId: party.id, clientSecret: party.secret, checks: ['pkce', 'state', 'nonce'] };
  const jar = new Map();
  const ask = async (path, init = {}) => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const request = new Request(`${SITE}${path}`, { ...init, headers: { cookie } });
    const answer = await Auth(request, { providers: [provider], secret: 'a secret of thirty-two characters', trustHost: true, basePath: '/auth', skipCSRFCheck, useSecureCookies: false });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
      jar.set(name, value);
    }
    return answer;
  };
  const away = await ask('/auth/signin/latchet', { method: 'POST', body: new URLSearchParams({ callbackUrl: SITE }) });
  const back = await browser.agree(away.headers.get('location'));
  const arrived = await ask(`${back.pathname}${back.search}`);
  assert.equal(arrived.headers.get('location'), SITE);
  const session = await (await ask('/auth/session')).json();
  assert.deepEqual([session.user.email, session.user.name], [browser.email, 'Ada']);
}

// AppAuth-JS is made for bundlers: Node does not find its modules by the names that it imports.
async function bundled() {
  const contents = "export * from '@openid/appauth'; export { NodeCrypto, NodeRequestor } from '@openid/appauth/built/src/node_support';";
  const { outputFiles } = buildSync({ stdin: { contents, resolveDir: import.meta.dirname }, bundle: true, platform: 'node', format: 'cjs', write: false });
  const module = { exports: {} };
  new Function('module', 'exports', 'require', outputFiles[0].text)(module, module.exports, createRequire(import.meta.url));
  return module.exports;
}

async function withAppAuth() {
  const appauth = await bundled();
  const { NodeCrypto, NodeRequestor } = appauth;
  const party = register(INFO, 'AppAuth-JS', ['--public', '--redirect-uri', `${SITE}/app`, '--scope', 'openid profile']);
  const browser = new Browser(info);
  await browser.signUp();
  const requestor = new NodeRequestor();
  const config = await appauth.AuthorizationServiceConfiguration.fetchFromIssuer(info.url, requestor);
  const request = new appauth.AuthorizationRequest(
    { client_id: party.id, redirect_uri: `${SITE}/app`, scope: 'openid profile', response_type: appauth.AuthorizationRequest.RESPONSE_TYPE_CODE },
    new NodeCrypto(),
    true,
  );
  await request.setupCodeVerifier();
  class Handler extends appauth.AuthorizationRequestHandler {}
  const url = new Handler(new appauth.BasicQueryStringUtils(), new NodeCrypto()).buildRequestUrl(config, request);
  const back = await browser.agree(url);
  assert.equal(back.searchParams.get('state'), request.state);
  const tokens = new appauth.BaseTokenRequestHandler(requestor);
  const common = { client_id: party.id, redirect_uri: `${SITE}/app` };
  const redeemed = await tokens.performTokenRequest(
    config,
    new appauth.TokenRequest({ ...common, grant_type: appauth.GRANT_TYPE_AUTHORIZATION_CODE, code: back.searchParams.get('code'), extras: { code_verifier: request.internal.code_verifier } }),
  );
  assert.ok(redeemed.idToken);
  const refreshed = await tokens.performTokenRequest(
    config,
    new appauth.TokenRequest({ ...common, grant_type: appauth.GRANT_TYPE_REFRESH_TOKEN, refresh_token: redeemed.refreshToken }),
  );
  assert.ok(refreshed.isValid());
  const revoked = await new appauth.BaseTokenRequestHandler(requestor).performRevokeTokenRequest(
    config,
    new appauth.RevokeTokenRequest({ token: refreshed.refreshToken, client_id: party.id }),
  );
  assert.equal(revoked, true);
}

const runs = { 'openid-client, OpenID Connect': withOpenidClient, 'Auth.js': withAuthJs, 'AppAuth-JS': withAppAuth };
for (const [name, run] of Object.entries(runs)) {
  await run();
  console.log(`ok  ${name}`);
}
