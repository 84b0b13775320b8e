// mcp-remote, unmodified: the bridge by which agents that speak stdio alone reach examples/mcp, with its address alone. Usage:
// node mcp_remote.mjs INFO PORT, where the app's owner has registered http://127.0.0.1:PORT/mcp as a resource server and lets clients
// register themselves.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { start } from '../../examples/mcp/server.mjs';
import { Browser } from './browser.mjs';

const info = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const [confidential] = info.clients.filter((client) => !client.public);

const browser = new Browser(info);
await browser.signUp();
await browser.signIn();
const ticked = (await browser.json('POST', '/api/v1/mementos', { name: 'one' })).id;
const other = (await browser.json('POST', '/api/v1/mementos', { name: 'two' })).id;
const notes = new Map([[ticked, ['note 1']], [other, ['note 2']]]);
const client = { id: confidential.id, secret: confidential.secret };
const { resource, close } = await start({ issuer: info.url, client, notes, port: Number(process.argv[3]) });

// It opens no window here: the address that it prints is followed by the browser above.
const env = { ...process.env, MCP_REMOTE_CONFIG_DIR: mkdtempSync(join(tmpdir(), 'mcp-remote-')), BROWSER: 'true' };
const bridge = spawn(process.execPath, ['node_modules/mcp-remote/dist/proxy.js', resource, '--allow-http'], { env, stdio: ['pipe', 'pipe', 'pipe'] });
const waiting = new Map();
createInterface({ input: bridge.stdout }).on('line', (line) => {
  const message = JSON.parse(line);
  waiting.get(message.id)?.(message);
});
const said = [];
createInterface({ input: bridge.stderr }).on('line', async (line) => {
  said.push(line);
  const url = line.match(/https?:\/\/\S+\/oauth2\/authorize\?\S+/)?.[0];
  if (url) await fetch(await browser.agree(url, [ticked]));
});
let last = 0;
const ask = (method, params) =>
  new Promise((resolve, reject) => {
    const id = (last += 1);
    waiting.set(id, resolve);
    setTimeout(() => reject(new Error(`no answer to ${method}: ${said.join('\n')}`)), 60_000).unref();
    bridge.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
  });

await ask('initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'agent', version: '1.0.0' } });
bridge.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })}\n`);
const call = async (name, args) => (await ask('tools/call', { name, arguments: args })).result;
assert.deepEqual(JSON.parse((await call('list_notes', {})).content[0].text), [ticked]);
assert.equal((await call('read_notes', { memento: other })).isError, true);
bridge.kill();
close();
console.log('ok  mcp-remote: one of two mementos');
process.exit(0);
