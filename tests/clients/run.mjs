// Node's client libraries, unmodified. Usage: node run.mjs INFO, the file that `cargo dev up --info` wrote.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as openid from 'openid-client';
import OAuth2Strategy from 'passport-oauth2';
import { AuthorizationCode } from 'simple-oauth2';
import { Browser } from './browser.mjs';

const info = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const [confidential] = info.clients.filter((client) => !client.public);
const [phone] = info.clients.filter((client) => client.public);
const at = (path) => new URL(path, info.url).href;
const authorize = at('/api/v1/auth/oauth2/authorize');
const token = at('/api/v1/auth/oauth2/token');

async function me(accessToken) {
  const answer = await fetch(at('/api/me'), { headers: { authorization: `Bearer ${accessToken}` } });
  assert.equal(answer.status, 200);
  return answer.json();
}

async function withOpenidClient(client, authentication) {
  const browser = new Browser(info);
  await browser.signUp();
  const config = await openid.discovery(new URL(info.url), client.id, undefined, authentication, {
    algorithm: 'oauth2',
    execute: [openid.allowInsecureRequests],
  });
  assert.equal(config.serverMetadata().supportsPKCE(), true);
  const verifier = openid.randomPKCECodeVerifier();
  const state = openid.randomState();
  const url = openid.buildAuthorizationUrl(config, {
    redirect_uri: client.redirect_uris[0],
    scope: 'profile email',
    state,
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  const back = await browser.agree(url.href);
  const tokens = await openid.authorizationCodeGrant(config, back, { pkceCodeVerifier: verifier, expectedState: state });
  assert.equal(tokens.scope, 'email profile');
  assert.equal((await me(tokens.access_token)).email, browser.email);
  const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token, { scope: 'profile' });
  assert.equal(refreshed.scope, 'profile');
  if (!client.public) {
    const introspection = await openid.tokenIntrospection(config, refreshed.access_token);
    assert.deepEqual([introspection.active, introspection.client_id, introspection.mementos], [true, client.id, []]);
  }
  await openid.tokenRevocation(config, refreshed.refresh_token);
  await assert.rejects(openid.refreshTokenGrant(config, refreshed.refresh_token), { error: 'invalid_grant' });
}

async function withPassport() {
  const browser = new Browser(info);
  await browser.signUp();
  const strategy = new OAuth2Strategy(
    {
      authorizationURL: authorize,
      tokenURL: token,
      clientID: confidential.id,
      clientSecret: confidential.secret,
      callbackURL: confidential.redirect_uris[0],
      state: true,
      pkce: true,
    },
    (accessToken, refreshToken, profile, done) => done(null, { accessToken, refreshToken }),
  );
  const session = {};
  const run = (query) =>
    new Promise((resolve, reject) => {
      const attempt = Object.create(strategy);
      attempt.redirect = resolve;
      attempt.success = resolve;
      attempt.fail = reject;
      attempt.error = reject;
      attempt.authenticate({ query, session, headers: {}, connection: {} }, {});
    });
  const back = await browser.agree(await run({}));
  const user = await run(Object.fromEntries(back.searchParams));
  assert.equal((await me(user.accessToken)).client_id, confidential.id);
}

async function withSimpleOauth2(authorizationMethod, bodyFormat) {
  const browser = new Browser(info);
  await browser.signUp();
  const client = new AuthorizationCode({
    client: { id: confidential.id, secret: confidential.secret },
    auth: {
      tokenHost: info.url,
      tokenPath: '/api/v1/auth/oauth2/token',
      authorizePath: '/api/v1/auth/oauth2/authorize',
      revokePath: '/api/v1/auth/oauth2/revoke',
    },
    options: { authorizationMethod, bodyFormat },
  });
  const redirect_uri = confidential.redirect_uris[0];
  const back = await browser.agree(client.authorizeURL({ redirect_uri, state: 'a b&c' }));
  assert.equal(back.searchParams.get('state'), 'a b&c');
  let tokens = await client.getToken({ code: back.searchParams.get('code'), redirect_uri });
  tokens = await tokens.refresh();
  assert.equal((await me(tokens.token.access_token)).email, browser.email);
  // Two tokens of one session: the first revocation ends it.
  await tokens.revoke('access_token');
  await assert.rejects(tokens.refresh());
}

const runs = {
  'openid-client, client_secret_post': () => withOpenidClient(confidential, openid.ClientSecretPost(confidential.secret)),
  'openid-client, client_secret_basic': () => withOpenidClient(confidential, openid.ClientSecretBasic(confidential.secret)),
  'openid-client, public': () => withOpenidClient(phone, openid.None()),
  'passport-oauth2': withPassport,
  'simple-oauth2, form and Basic': () => withSimpleOauth2('header', 'form'),
  'simple-oauth2, JSON body': () => withSimpleOauth2('body', 'json'),
};
for (const [name, run] of Object.entries(runs)) {
  await run();
  console.log(`ok  ${name}`);
}
