// A third-party app in one file, without dependencies: it asks a user of the local run for access, and shows what it got.
//
//   cargo dev up --info /tmp/latchet.json          # in another terminal
//   node examples/third-party/app.mjs /tmp/latchet.json
//
// Then open http://127.0.0.1:9999/.

import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const info = JSON.parse(readFileSync(process.argv[2] ?? '/tmp/latchet.json', 'utf8'));
const client = info.clients.find((known) => known.redirect_uris[0] === 'http://127.0.0.1:9999/cb');
const server = await (await fetch(`${info.url}/.well-known/oauth-authorization-server`)).json();

// What this app remembers of a browser: one entry per visitor, in memory.
const visitors = new Map();

const escape = (text) => String(text).replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
const random = () => randomBytes(32).toString('base64url');

function visitor(request, response) {
  const known = request.headers.cookie?.match(/visitor=([\w-]+)/)?.[1];
  if (known && visitors.has(known)) return visitors.get(known);
  const id = random();
  visitors.set(id, {});
  response.setHeader('set-cookie', `visitor=${id}; Path=/; HttpOnly; SameSite=Lax`);
  return visitors.get(id);
}

async function post(endpoint, parameters) {
  const basic = Buffer.from(`${client.id}:${client.secret}`).toString('base64');
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}` },
    body: new URLSearchParams(parameters),
  });
  const body = await answer.json();
  if (!answer.ok) throw new Error(`${body.error}: ${body.error_description}`);
  return body;
}

async function get(path, token) {
  const answer = await fetch(`${info.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${answer.headers.get('www-authenticate')}`);
  return answer.json();
}

const pages = {
  '/': async (me) => {
    if (!me.tokens) return '<p><a href="/connect">Connect your account</a></p>';
    const [who, mementos] = await Promise.all([get('/api/me', me.tokens.access_token), get('/api/v1/mementos', me.tokens.access_token)]);
    const items = mementos.map((memento) => `<li>${escape(memento.name)}: ${memento.document_ids.length} documents</li>`);
    return `<p>You are ${escape(who.name)} (${escape(who.email)}). This app may see ${items.length} mementos:</p><ul>${items.join('')}</ul>
      <p><a href="/refresh">Refresh the token</a> · <a href="/leave">Disconnect</a> ·
      <a href="${escape(info.url)}/account/apps">Your connected apps</a></p>`;
  },
  '/connect': async (me) => {
    Object.assign(me, { state: random(), verifier: random() });
    const parameters = new URLSearchParams({
      client_id: client.id,
      redirect_uri: client.redirect_uris[0],
      response_type: 'code',
      scope: 'profile mementos',
      state: me.state,
      code_challenge: createHash('sha256').update(me.verifier).digest('base64url'),
      code_challenge_method: 'S256',
    });
    return { to: `${server.authorization_endpoint}?${parameters}` };
  },
  '/cb': async (me, query) => {
    // Whose answer it is, and to which question: RFC 9207 and RFC 6749 §10.12.
    if (query.get('iss') !== server.issuer || query.get('state') !== me.state) throw new Error('not an answer to this browser');
    if (query.get('error')) return `<p>You said no: ${escape(query.get('error'))}. <a href="/">Back</a></p>`;
    me.tokens = await post(server.token_endpoint, {
      grant_type: 'authorization_code',
      code: query.get('code'),
      redirect_uri: client.redirect_uris[0],
      code_verifier: me.verifier,
    });
    return { to: '/' };
  },
  '/refresh': async (me) => {
    me.tokens = await post(server.token_endpoint, { grant_type: 'refresh_token', refresh_token: me.tokens.refresh_token });
    return { to: '/' };
  },
  '/leave': async (me) => {
    await post(server.revocation_endpoint, { token: me.tokens.refresh_token });
    delete me.tokens;
    return { to: '/' };
  },
};

createServer(async (request, response) => {
  const url = new URL(request.url, 'http://127.0.0.1:9999');
  const page = pages[url.pathname];
  if (!page) return response.writeHead(404).end();
  let answer;
  try {
    answer = await page(visitor(request, response), url.searchParams);
  } catch (error) {
    answer = `<p>${escape(error.message)}</p><p><a href="/connect">Connect again</a></p>`;
  }
  if (answer.to) return response.writeHead(303, { location: answer.to }).end();
  response.setHeader('content-type', 'text/html; charset=utf-8');
  response.end(`<!doctype html><html lang="en"><title>Demo Reader</title><body>${answer}</body></html>`);
}).listen(9999, '127.0.0.1', () => console.log('http://127.0.0.1:9999/'));
