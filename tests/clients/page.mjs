// oidc-client-ts, unmodified, on a page of a single-page app in Chromium: CORS, silent renewal, logout. Usage: node page.mjs INFO, the
// file that `cargo dev up --info` wrote.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import puppeteer from 'puppeteer-core';
import { Browser } from './browser.mjs';
import { register } from './operator.mjs';

const INFO = process.argv[2];
const info = JSON.parse(readFileSync(INFO, 'utf8'));
const library = readFileSync(createRequire(import.meta.url).resolve('oidc-client-ts').replace(/dist\/.*/, 'dist/browser/oidc-client-ts.min.js'));
const PAGE = '<!doctype html><title>App</title><link rel="icon" href="data:,"><script src="/oidc.js"></script><p>An app</p>';

const server = createServer((request, response) => {
  const script = request.url === '/oidc.js';
  response.setHeader('content-type', script ? 'text/javascript' : 'text/html');
  response.end(script ? library : PAGE);
});
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const site = `http://127.0.0.1:${server.address().port}`;

const party = register(INFO, 'oidc-client-ts', ['--public', '--redirect-uri', `${site}/back`, '--redirect-uri', `${site}/silent`, '--origin', site, '--scope', 'openid profile email', '--post-logout-redirect-uri', `${site}/out`]);
const user = new Browser(info);
await user.signUp();
const chromium = await puppeteer.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
try {
  const page = await chromium.newPage();
  const settings = {
    authority: info.url,
    client_id: party.id,
    redirect_uri: `${site}/back`,
    silent_redirect_uri: `${site}/silent`,
    post_logout_redirect_uri: `${site}/out`,
    scope: 'openid profile email',
    loadUserInfo: true,
  };
  // The library keeps what it has between two pages in the window's storage.
  const on = async (path, run, ...given) => {
    if (path) await page.goto(`${site}${path}`);
    return page.evaluate(`(async () => {
      window.manager = new oidc.UserManager({ ...${JSON.stringify(settings)}, userStore: new oidc.WebStorageStateStore({ store: window.localStorage }) });
      return (${run})(...${JSON.stringify(given)});
    })()`);
  };
  const leave = async (run) => {
    const away = page.waitForNavigation();
    await page.evaluate(`void (${run})()`);
    await away;
  };

  await on('/', 'async () => {}');
  await leave('() => manager.signinRedirect()');
  await page.type('input[name=login]', user.email);
  await page.type('input[name=password]', 'violet-tractor-17');
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
  // The button takes no click in the page's first moments: docs/security.md.
  await page.waitForFunction("getComputedStyle(document.querySelector('button[value=authorize]')).pointerEvents !== 'none'");
  await Promise.all([page.waitForNavigation(), page.click('button[value=authorize]')]);
  assert.ok(page.url().startsWith(`${site}/back?`), page.url());
  const signedIn = await on(undefined, 'async () => (await manager.signinCallback()).profile');
  assert.equal(signedIn.email, user.email);

  // By its refresh token, and then in a frame without one.
  const renewed = await on('/', 'async () => { const before = await manager.getUser(); const after = await manager.signinSilent(); return [before.access_token !== after.access_token, after.profile.sub]; }');
  assert.deepEqual(renewed, [true, signedIn.sub]);
  const framed = on('/', 'async () => { const user = await manager.getUser(); delete user.refresh_token; await manager.storeUser(user); const after = await manager.signinSilent({ silentRequestTimeoutInSeconds: 20 }); return after.profile.sub; }');
  const silent = await page.waitForFrame((frame) => frame.url().startsWith(`${site}/silent`), { timeout: 20000 });
  await silent.waitForFunction('window.oidc');
  await silent.evaluate(`new oidc.UserManager(${JSON.stringify(settings)}).signinSilentCallback()`);
  assert.equal(await framed, signedIn.sub);

  await leave('() => manager.signoutRedirect()');
  assert.ok(page.url().startsWith(`${site}/out`), page.url());
  const after = on('/', 'async () => { try { await manager.signinSilent({ silentRequestTimeoutInSeconds: 20 }); return "signed in"; } catch (error) { return error.error ?? error.message; } }');
  const refusedIn = await page.waitForFrame((frame) => frame.url().startsWith(`${site}/silent`), { timeout: 20000 });
  await refusedIn.waitForFunction('window.oidc');
  await refusedIn.evaluate(`new oidc.UserManager(${JSON.stringify(settings)}).signinSilentCallback()`);
  assert.equal(await after, 'login_required');
  console.log('ok  oidc-client-ts in Chromium: CORS, silent renewal, logout');
} finally {
  await chromium.close();
  server.close();
}
