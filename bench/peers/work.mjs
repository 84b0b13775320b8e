// What is measured: for each product how a user comes to be, signs in by a password, and refreshes. A product without one of these has none.

import { createHash, randomBytes } from 'node:crypto';
import { Visitor, expect } from './http.mjs';

const PASSWORD = 'a long enough phrase';
const email = () => `bench-${randomBytes(6).toString('hex')}@example.com`;
const CALLBACK = 'https://app.example/cb';

/** Latchet's Browser API: one request signs in, one refreshes. `process` names the function that answers. */
export async function latchet(site) {
  const visitor = new Visitor(site);
  const login = email();
  expect(await visitor.ask('/api/v1/auth/signup/', { json: { email: login, password: PASSWORD, captcha: 'recaptcha_response' } }), 200, 201);
  return {
    signIn: async () => expect(await new Visitor(site).ask('/api/v1/auth/signin/', { json: { login, password: PASSWORD, captcha: 'recaptcha_response' } }), 204),
    refresh: async () => expect(await visitor.ask('/api/v1/auth/custom-refresh/', { method: 'POST' }), 204),
  };
}

/** better-auth: one request signs in. Its sessions are looked up and not refreshed. */
export async function betterAuth(site) {
  const login = email();
  expect(await new Visitor(site).ask('/api/auth/sign-up/email', { json: { email: login, password: PASSWORD, name: 'Grace' } }), 200);
  return { signIn: async () => expect(await new Visitor(site).ask('/api/auth/sign-in/email', { json: { email: login, password: PASSWORD } }), 200) };
}

/** OpenAuth: the page, its form, and the code for tokens. */
export async function openAuth(site, code) {
  const login = email();
  const verifier = randomBytes(32).toString('base64url');
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const start = `/authorize?${new URLSearchParams({
    client_id: 'bench', redirect_uri: CALLBACK, response_type: 'code', provider: 'password', code_challenge: challenge, code_challenge_method: 'S256',
  })}`;
  const token = async (visitor, form) => JSON.parse(expect(await visitor.ask('/token', { form: { client_id: 'bench', ...form } }), 200).text);
  const exchange = (visitor, location) => token(visitor, {
    grant_type: 'authorization_code', code: new URL(location).searchParams.get('code'), redirect_uri: CALLBACK, code_verifier: verifier,
  });

  const newcomer = new Visitor(site);
  expect(await newcomer.ask(start), 302);
  const register = '/password/register';
  expect(await newcomer.ask(register), 200);
  expect(await newcomer.ask(register, { form: { action: 'register', email: login, password: PASSWORD, repeat: PASSWORD } }), 200, 302);
  const { location } = expect(await newcomer.ask(register, { form: { action: 'verify', code: await code() } }), 302);
  let { refresh_token: current } = await exchange(newcomer, location);

  return {
    signIn: async () => {
      const visitor = new Visitor(site);
      expect(await visitor.ask(start), 302);
      const { location } = expect(await visitor.ask('/password/authorize', { form: { email: login, password: PASSWORD } }), 302);
      return exchange(visitor, location);
    },
    refresh: async () => {
      ({ refresh_token: current } = await token(newcomer, { grant_type: 'refresh_token', refresh_token: current }));
    },
  };
}

/** oidc-provider: it knows no passwords. Its pages for developers take any; then a refresh token is exchanged again and again. */
export async function oidcProvider(site) {
  const visitor = new Visitor(site, null);
  const basic = `Basic ${Buffer.from('bench:a%20secret%20of%20the%20benchmark').toString('base64')}`;
  const token = async (form) => JSON.parse(expect(await visitor.ask('/token', { form, headers: { authorization: basic } }), 200).text);
  const start = `/auth?${new URLSearchParams({
    client_id: 'bench', redirect_uri: CALLBACK, response_type: 'code', scope: 'openid offline_access', prompt: 'consent',
  })}`;
  let { location } = expect(await visitor.ask(start), 303);
  for (const form of [{ prompt: 'login', login: 'grace', password: 'any' }, { prompt: 'consent' }]) {
    expect(await visitor.ask(location), 200);
    ({ location } = expect(await visitor.ask(location, { form }), 303));
    ({ location } = expect(await visitor.ask(location), 303));
  }
  const code = new URL(location).searchParams.get('code');
  let { refresh_token: current } = await token({ grant_type: 'authorization_code', code, redirect_uri: CALLBACK });
  return {
    refresh: async () => {
      ({ refresh_token: current } = await token({ grant_type: 'refresh_token', refresh_token: current }));
    },
  };
}
