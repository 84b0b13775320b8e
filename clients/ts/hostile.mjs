// What a service, a network and other tabs may do to the client, without a service. Imported by check.mjs, and run by itself as
// `node hostile.mjs` once tsc has compiled latchet.ts.

import assert from 'node:assert/strict';

const { Latchet, LatchetError } = await import(new URL('../../target/clients-ts/latchet.js', import.meta.url));

const kept = Object.fromEntries(['fetch', 'setTimeout', 'navigator', 'localStorage'].map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]));
const give = (name, value) => Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });

const json = (status, body, headers) => new Response(body && JSON.stringify(body), { status, headers });
const coded = (status, code, headers) => json(status, { code, detail: code }, headers);
const failed = (status, code) => (error) => error instanceof LatchetError && error.status === status && error.code === code;

/** A browser with tabs on one service that answers as `answer` says; `session` and `access` are its cookies. */
function browser(answer, { locks = true, storage = true } = {}) {
  const sent = [];
  give('fetch', async (url, options) => {
    const request = `${options.method} ${new URL(url).pathname.replace('/api/v1', '')}`;
    sent.push(request);
    return answer(request, sent.length);
  });
  // Pauses are over at once.
  give('setTimeout', (work) => queueMicrotask(work));
  const held = new Map();
  const request = (name, work) => {
    const done = (held.get(name) ?? Promise.resolve()).then(work, work);
    held.set(name, done);
    return done;
  };
  give('navigator', locks ? { locks: { request } } : {});
  const stored = new Map();
  if (storage) give('localStorage', { getItem: (key) => stored.get(key) ?? null, setItem: (key, value) => stored.set(key, value) });
  else Object.defineProperty(globalThis, 'localStorage', { configurable: true, get: () => { throw new Error('SecurityError'); } });
  const tab = () => new Latchet({ url: 'https://auth.example.com/' });
  return { tab, sent, count: (request) => sent.filter((each) => each === request).length };
}

const REFRESH = 'POST /auth/custom-refresh/';

/** A service whose access cookie is over until somebody refreshes. */
function expired(options, refresh = () => json(204)) {
  let isFresh = false;
  const world = browser((request) => {
    if (request === REFRESH) {
      const answer = refresh();
      isFresh ||= answer.ok;
      return answer;
    }
    return isFresh ? json(200, { id: '1' }) : coded(401, 'invalid_token');
  }, options);
  return world;
}

const cases = {
  async 'tabs refresh once'() {
    const world = expired();
    const [a, b] = [world.tab(), world.tab()];
    await Promise.all([a.me(), a.me(), b.me(), b.sessions()]);
    assert.equal(world.count(REFRESH), 1);
  },
  async 'a browser without locks and storage refreshes too'() {
    const world = expired({ locks: false, storage: false });
    const tab = world.tab();
    await Promise.all([tab.me(), tab.me()]);
    assert.equal(world.count(REFRESH), 1);
  },
  async 'a clock that is set back refreshes still'() {
    const now = Date.now;
    let isFresh = false;
    const world = browser((request) => {
      if (request === REFRESH) isFresh = true;
      return isFresh ? json(200, { id: '1' }) : coded(401, 'invalid_token');
    });
    const tab = world.tab();
    Date.now = () => now() + 86_400_000;
    await tab.me();
    Date.now = now;
    isFresh = false;
    await tab.me();
    assert.equal(world.count(REFRESH), 2);
  },
  async 'a refusal that is about what was sent is not sent twice'() {
    for (const code of ['wrong_otp', 'otp_required', 'second_factor_required', 'invalid_passkey', 'invalid_credentials']) {
      const world = browser(() => coded(401, code));
      await assert.rejects(world.tab().call('POST', '/auth/factor/', { otp: '1' }), failed(401, code));
      assert.equal(world.sent.length, 1, code);
    }
  },
  async 'a session that ended is said, and the request is not sent again'() {
    const world = expired({}, () => coded(401, 'session_ended'));
    await assert.rejects(world.tab().me(), failed(401, 'session_ended'));
    assert.deepEqual(world.sent, ['GET /me/', REFRESH]);
  },
  async 'an outage of the refresh ends no session'() {
    let outages = 2;
    const world = expired({}, () => (outages-- > 0 ? coded(503, 'unavailable', { 'retry-after': '1' }) : json(204)));
    assert.equal((await world.tab().me()).id, '1');
    assert.equal(world.count(REFRESH), 3);
    const down = expired({}, () => coded(503, 'unavailable', { 'retry-after': '1' }));
    await assert.rejects(down.tab().me(), failed(503, 'unavailable'));
  },
  async 'an answer to a refresh that got lost is asked for again'() {
    let lost = 1;
    const world = expired({}, () => {
      if (lost-- > 0) throw new TypeError('fetch failed');
      return json(204);
    });
    assert.equal((await world.tab().me()).id, '1');
    assert.equal(world.count(REFRESH), 2);
  },
  async 'without a network it is said, and only what changes nothing is sent again'() {
    const offline = () => { throw new TypeError('fetch failed'); };
    const world = browser(offline);
    await assert.rejects(world.tab().me(), failed(0, 'unreachable'));
    assert.equal(world.sent.length, 3);
    for (const act of [(tab) => tab.signIn({ login: 'a', password: 'b' }), (tab) => tab.endAllSessions(), (tab) => tab.call('POST', '/mementos/', {})]) {
      const once = browser(offline);
      await assert.rejects(act(once.tab()), failed(0, 'unreachable'));
      assert.equal(once.sent.length, 1);
    }
    const known = browser(offline);
    give('navigator', { onLine: false });
    await assert.rejects(known.tab().me(), failed(0, 'unreachable'));
    assert.equal(known.sent.length, 1);
  },
  async 'an outage that the service says is waited out, and one of the gateway only where that changes nothing'() {
    const said = browser((_, at) => (at < 3 ? coded(503, 'unavailable') : json(204)));
    await said.tab().signIn({ login: 'a', password: 'b' });
    const gateway = () => json(503, { message: 'Service Unavailable' });
    const unsafe = browser(gateway);
    await assert.rejects(unsafe.tab().signIn({ login: 'a', password: 'b' }), failed(503, 'unreadable'));
    assert.equal(unsafe.sent.length, 1);
    const safe = browser((_, at) => (at < 3 ? gateway() : json(200, { id: '1' })));
    assert.equal((await safe.tab().me()).id, '1');
  },
  async 'what is no JSON is an error with a type'() {
    for (const status of [200, 500]) {
      const world = browser(() => new Response('<html>', { status }));
      await assert.rejects(world.tab().me(), failed(status, 'unreadable'));
    }
  },
  async 'a longer wait than the patience is told'() {
    const world = browser(() => coded(503, 'unavailable', { 'retry-after': '60' }));
    await assert.rejects(world.tab().me(), (error) => failed(503, 'unavailable')(error) && error.retryAfter === 60);
    assert.equal(world.sent.length, 1);
  },
  async 'a request of one user is not sent again as another, who signed in meanwhile'() {
    let tab;
    const world = browser(async (request) => {
      if (request !== 'POST /mementos/') return json(204);
      await tab.signIn({ login: 'other', password: 'b' });
      return coded(401, 'invalid_token');
    });
    tab = world.tab();
    await assert.rejects(world.tab().call('POST', '/mementos/', {}), failed(401, 'invalid_token'));
    assert.deepEqual(world.sent, ['POST /mementos/', 'POST /auth/signin/']);
  },
  async 'a late answer does not refresh again'() {
    let tab;
    let late = true;
    const world = browser(async (request) => {
      if (request === 'GET /sessions/' && late) {
        late = false;
        // Another request is refused and refreshed while this one is on its way.
        await tab.me();
        return coded(401, 'invalid_token');
      }
      if (request === 'GET /me/' && !world.count(REFRESH)) return coded(401, 'invalid_token');
      return json(200, []);
    });
    tab = world.tab();
    await tab.sessions();
    assert.equal(world.count(REFRESH), 1);
  },
};

for (const [name, run] of Object.entries(cases)) {
  try {
    await run();
  } catch (error) {
    error.message = `${name}: ${error.message}`;
    throw error;
  }
}
for (const [name, descriptor] of Object.entries(kept)) {
  delete globalThis[name];
  if (descriptor) Object.defineProperty(globalThis, name, descriptor);
}
