// The MCP SDK's own client, with the address of examples/mcp alone. Usage: node mcp.mjs INFO PORT, where the app's owner has registered
// http://127.0.0.1:PORT/mcp as a resource server and lets clients register themselves.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { start } from '../../examples/mcp/server.mjs';
import { Browser } from './browser.mjs';

const info = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const port = Number(process.argv[3]);
const [confidential] = info.clients.filter((client) => !client.public);
const REDIRECT = 'http://localhost:3118/callback';

// What an agent keeps. It knows nothing of Latchet.
class Provider {
  redirectUrl = REDIRECT;
  clientMetadata = {
    client_name: 'An agent',
    redirect_uris: [REDIRECT],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  };
  state = () => 'a state';
  clientInformation = () => this.client;
  saveClientInformation = (client) => void (this.client = client);
  tokens = () => this.kept;
  saveTokens = (tokens) => void (this.kept = tokens);
  saveCodeVerifier = (verifier) => void (this.verifier = verifier);
  codeVerifier = () => this.verifier;
  redirectToAuthorization = (url) => void (this.asked = url);
}

const browser = new Browser(info);
await browser.signUp();
await browser.signIn();
const mementos = [];
for (const name of ['one', 'two', 'three', 'four', 'five']) mementos.push((await browser.json('POST', '/api/v1/mementos', { name })).id);
const notes = new Map(mementos.map((id, number) => [id, [`note ${number + 1}`]]));
const client = { id: confidential.id, secret: confidential.secret };
const { resource, close } = await start({ issuer: info.url, client, notes, port });

const provider = new Provider();

// Connects, and sends the user to Latchet where they have to be asked.
async function connected(ticks) {
  const transport = () => new StreamableHTTPClientTransport(new URL(resource), { authProvider: provider });
  const agent = () => new Client({ name: 'agent', version: '1.0.0' });
  const [first, on] = [agent(), transport()];
  try {
    await first.connect(on);
    return first;
  } catch (error) {
    assert.ok(error instanceof UnauthorizedError, error);
  }
  const back = await browser.agree(provider.asked.href, ticks);
  await on.finishAuth(back.searchParams.get('code'));
  const second = agent();
  await second.connect(transport());
  return second;
}

const call = (agent, name, args = {}) => agent.callTool({ name, arguments: args });
const said = ({ content }) => content[0].text;

const [ticked, other] = mementos;
const agent = await connected([ticked]);
assert.equal(provider.asked.searchParams.get('resource'), resource);
assert.deepEqual(JSON.parse(said(await call(agent, 'list_notes'))), [ticked]);
assert.equal(said(await call(agent, 'read_notes', { memento: ticked })), 'note 1');
assert.equal((await call(agent, 'read_notes', { memento: other })).isError, true);

// It wants to write, and has its user asked again. An SDK that holds a refresh token refreshes first, which cannot widen the scope
// (RFC 6749 §6), and then gives up: so this agent forgets it.
delete provider.kept.refresh_token;
await assert.rejects(call(agent, 'add_note', { memento: ticked, note: 'written' }));
assert.ok(provider.asked.searchParams.get('scope').split(' ').includes('notes.write'));
const back = await browser.agree(provider.asked.href, [ticked]);
const step = new StreamableHTTPClientTransport(new URL(resource), { authProvider: provider });
await step.finishAuth(back.searchParams.get('code'));
const writer = await connected([ticked]);
assert.equal(said(await call(writer, 'add_note', { memento: ticked, note: 'written' })), 'Written.');
assert.equal(said(await call(writer, 'read_notes', { memento: ticked })), 'note 1\nwritten');

// The user unticks it: the next call is refused, with the very same token.
await browser.json('PUT', `/api/v1/grants/${provider.client.client_id}`, { mementos: [] });
assert.equal((await call(writer, 'read_notes', { memento: ticked })).isError, true);
assert.deepEqual(JSON.parse(said(await call(writer, 'list_notes'))), []);

// A token for our own API is of no use there.
const own = await fetch(resource, { method: 'POST', headers: { authorization: `Bearer ${browser.cookies.get('access_token')}` } });
assert.equal(own.status, 401);
assert.match(own.headers.get('www-authenticate'), /error="invalid_token"/);
close();
console.log('ok  MCP SDK: registration, one of five mementos, step-up, unticked');
process.exit(0);
