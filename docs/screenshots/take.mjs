// Takes the screenshots of the README, light and dark, in headless Chromium by its driver.
//
//   cargo dev up --memory --info /tmp/latchet.json      # in another terminal
//   node docs/screenshots/take.mjs /tmp/latchet.json

import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const info = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const client = info.clients.find(({ id }) => id === 'demo-client');
const account = { email: 'grace@example.com', password: 'a long enough phrase', name: 'Grace', captcha: 'recaptcha_response' };
const authorize = `${info.url}/api/v1/auth/oauth2/authorize/?${new URLSearchParams({
  client_id: client.id,
  redirect_uri: client.redirect_uris[0],
  response_type: 'code',
  state: 'a',
  scope: 'profile mementos',
  ui_locales: 'en',
})}`;

/** The first is taken as a visitor, the others once somebody has signed in. */
const SHOTS = [
  { name: 'portal', url: `${info.url}/?lang=en` },
  { name: 'consent', url: authorize, signedIn: true },
  { name: 'outbox', url: info.outbox, signedIn: true },
];
const [WIDTH, HEIGHT] = [720, 540];

const driver = spawn('chromedriver', ['--port=9515', '--silent']);
process.on('exit', () => driver.kill());

async function call(path, body, method = 'POST') {
  const answer = await fetch(`http://127.0.0.1:9515${path}`, { method, body: body && JSON.stringify(body) });
  const { value } = await answer.json();
  if (!answer.ok) throw new Error(`${path}: ${value.message}`);
  return value;
}

async function listening() {
  for (;;) {
    try {
      return await call('/status', undefined, 'GET');
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

await listening();
const args = ['--headless=new', '--no-sandbox', '--hide-scrollbars', '--lang=en', `--window-size=${WIDTH},${HEIGHT}`];
const capabilities = { alwaysMatch: { browserName: 'chrome', 'goog:chromeOptions': { args, prefs: { 'intl.accept_languages': 'en' } } } };
const { sessionId } = await call('/session', { capabilities });
const session = `/session/${sessionId}`;
const go = (url) => call(`${session}/url`, { url });
const cdp = (cmd, params) => call(`${session}/goog/cdp/execute`, { cmd, params });
const inPage = (script, ...args) => call(`${session}/execute/async`, { script, args });

/** From the portal, whose script may call the API. */
async function signIn() {
  await go(info.url);
  await inPage(
    `const [account, done] = arguments;
     const post = (path, body) => fetch('/api/v1' + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
     post('/auth/signup/', account)
       .then(() => post('/auth/signin/', { login: account.email, ...account }))
       .then(() => post('/mementos/', { name: 'Letters, 1951' }))
       .then(() => post('/mementos/', { name: 'Compilers' }))
       .then(() => done());`,
    account,
  );
}

let isSignedIn = false;
try {
  for (const { name, url, signedIn = false } of SHOTS) {
    if (signedIn && !isSignedIn) await signIn();
    isSignedIn ||= signedIn;
    for (const scheme of ['light', 'dark']) {
      await cdp('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
      await cdp('Emulation.setDeviceMetricsOverride', { width: WIDTH, height: HEIGHT, deviceScaleFactor: 1.5, mobile: false });
      await go(url);
      // The mail is a frame of its own, which is painted after the page has loaded.
      await inPage('setTimeout(arguments[0], 500)');
      const { data } = await cdp('Page.captureScreenshot', { format: 'webp', quality: 70 });
      writeFileSync(new URL(`${name}-${scheme}.webp`, import.meta.url), Buffer.from(data, 'base64'));
    }
  }
} finally {
  await call(session, undefined, 'DELETE');
  driver.kill();
}
