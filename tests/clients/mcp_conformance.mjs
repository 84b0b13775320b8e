// The conformance package of MCP: its scenarios for authorization servers against Latchet, and those scenarios for servers that any server
// can pass, whatever its tools are, against examples/mcp. Usage: node mcp_conformance.mjs INFO PORT, where the app's owner has registered
// http://127.0.0.1:PORT/mcp as a resource server and lets clients register themselves.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, request as forward } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { start } from '../../examples/mcp/server.mjs';
import { Browser } from './browser.mjs';
import { register } from './operator.mjs';

const [, , INFO, PORT] = process.argv;
const info = JSON.parse(readFileSync(INFO, 'utf8'));
const [confidential] = info.clients.filter((client) => !client.public);
// The package listens there for the browser that comes back.
const BACK = 3119;
const RESULTS = mkdtempSync(join(tmpdir(), 'latchet-mcp-'));
process.on('exit', () => rmSync(RESULTS, { recursive: true, force: true }));

// Runs the package, and gives what each of its checks said. `seen` is told every line that it prints.
async function conformance(words, seen = () => {}) {
  const folder = mkdtempSync(join(RESULTS, 'run-'));
  const running = spawn(process.execPath, ['--import', './older_node.mjs', 'node_modules/@modelcontextprotocol/conformance/dist/index.js', ...words, '--output-dir', folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const said = [];
  createInterface({ input: running.stdout }).on('line', (line) => {
    said.push(line);
    seen(line);
  });
  const status = await new Promise((resolve) => running.on('close', resolve));
  assert.equal(status, 0, said.join('\n'));
  const files = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('checks.json'));
  const checks = files.flatMap((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));
  const bad = checks.filter((check) => !['SUCCESS', 'INFO'].includes(check.status));
  assert.deepEqual(bad, [], said.join('\n'));
  assert.ok(checks.length > 0, said.join('\n'));
  return checks.map((check) => check.id);
}

const browser = new Browser(info);
await browser.signUp();
const party = register(INFO, 'MCP conformance', ['--public', '--redirect-uri', `http://127.0.0.1:${BACK}/callback`]);
const client = { id: confidential.id, secret: confidential.secret };
const { resource, close } = await start({ issuer: info.url, client, notes: new Map(), port: Number(PORT) });

const authorization = ['authorization', '--url', info.url, '--client-id', party.id, '--resource', resource, '--port', String(BACK)];
const passed = await conformance(authorization, async (line) => {
  if (line.includes('/oauth2/authorize?')) await fetch(await browser.agree(line.trim()));
});
for (const check of ['authorization-server-metadata', 'authorization-server-metadata-cimd', 'authorization-code-grant']) {
  assert.ok(passed.includes(check), `${check} did not run: ${passed}`);
}
console.log(`ok  MCP conformance package, authorization server: ${passed.join(', ')}`);

// The package brings no token of its own to a server, so one is put into its requests on their way.
async function token() {
  const url = new URL('/api/v1/auth/oauth2/authorize', info.url);
  const [redirect_uri] = confidential.redirect_uris;
  url.search = new URLSearchParams({ response_type: 'code', client_id: client.id, redirect_uri, state: 'a state', scope: 'mementos', resource });
  const code = (await browser.agree(url.href)).searchParams.get('code');
  const body = new URLSearchParams({ grant_type: 'authorization_code', code, redirect_uri, client_id: client.id, client_secret: client.secret, resource });
  const answer = await (await fetch(new URL('/api/v1/auth/oauth2/token', info.url), { method: 'POST', body })).json();
  assert.ok(answer.access_token, JSON.stringify(answer));
  return answer.access_token;
}

const bearer = `Bearer ${await token()}`;
const way = createServer((incoming, outgoing) => {
  const { method, url, headers } = incoming;
  const onward = forward({ host: '127.0.0.1', port: PORT, method, path: url, headers: { ...headers, authorization: bearer } }, (answer) => {
    outgoing.writeHead(answer.statusCode, answer.headers);
    answer.pipe(outgoing);
  });
  onward.on('error', () => outgoing.destroy());
  incoming.pipe(onward);
});
await new Promise((listening) => way.listen(0, '127.0.0.1', listening));
const url = `http://127.0.0.1:${way.address().port}/mcp`;
// The others call tools, resources and prompts that only the package's own server has.
const SCENARIOS = ['server-initialize', 'ping', 'tools-list', 'dns-rebinding-protection'];
for (const scenario of SCENARIOS) await conformance(['server', '--url', url, '--scenario', scenario]);
console.log(`ok  MCP conformance package, examples/mcp: ${SCENARIOS.join(', ')}`);
way.close();
close();
process.exit(0);
