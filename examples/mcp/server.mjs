// An MCP server: its tools read the notes of those mementos that the user ticked when they let the agent in, and no others.
//
// It is a resource server of Latchet (RFC 9728, RFC 8707): it takes tokens for its own address, and asks Latchet with each request
// what the token is worth (RFC 7662). So what a user unticks is gone for the agent's next call.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { createMcpExpressApp } from '@modelcontextprotocol/sdk/server/express.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { z } from 'zod';

const PATH = '/mcp';
const READ = 'mementos';
const WRITE = 'notes.write';

// Starts the server. `issuer` is Latchet's URL; `client` a confidential client there, for introspection; `notes` the texts, by the id of
// the memento that they are in.
export async function start({ issuer, client, notes, port = 0 }) {
  const app = createMcpExpressApp();
  const listener = await new Promise((resolve) => {
    const server = app.listen(port, '127.0.0.1', () => resolve(server));
  });
  const origin = `http://127.0.0.1:${listener.address().port}`;
  const resource = origin + PATH;
  const metadata = `${origin}/.well-known/oauth-protected-resource${PATH}`;

  app.get(`/.well-known/oauth-protected-resource${PATH}`, (_, response) => {
    response.json({
      resource,
      authorization_servers: [issuer],
      scopes_supported: [READ, WRITE],
      bearer_methods_supported: ['header'],
      resource_name: 'Notes',
    });
  });

  const challenge = (response, status, error, scope) => {
    const parts = [error && `error="${error}"`, `scope="${scope}"`, `resource_metadata="${metadata}"`];
    response.set('WWW-Authenticate', `Bearer ${parts.filter(Boolean).join(', ')}`);
    response.status(status).json({ error: error ?? 'unauthorized' });
  };

  app.use(PATH, async (request, response, next) => {
    const token = request.headers.authorization?.match(/^Bearer (.+)$/i)?.[1];
    if (!token) return challenge(response, 401, undefined, READ);
    const seen = await introspect(issuer, client, token);
    // A token for another server is of no use here, though the same user let the same agent have it.
    if (!seen.active || seen.aud !== resource) return challenge(response, 401, 'invalid_token', READ);
    const scopes = seen.scope.split(' ');
    const needed = writes(request.body) ? [READ, WRITE] : [READ];
    if (!needed.every((scope) => scopes.includes(scope))) {
      return challenge(response, 403, 'insufficient_scope', needed.join(' '));
    }
    request.auth = { token, clientId: seen.client_id, scopes, expiresAt: seen.exp, extra: { mementos: seen.mementos } };
    next();
  });

  // Without sessions: each request has a server of its own, which knows what this token may see.
  app.all(PATH, async (request, response) => {
    const server = tools(notes);
    const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });
    response.on('close', () => server.close());
    await server.connect(transport);
    await transport.handleRequest(request, response, request.body);
  });

  return { resource, close: () => listener.close() };
}

// Whether a message calls the tool that writes.
function writes(body) {
  const messages = Array.isArray(body) ? body : [body];
  return messages.some((message) => message?.method === 'tools/call' && message.params?.name === 'add_note');
}

async function introspect(issuer, { id, secret }, token) {
  const answer = await fetch(new URL('/api/v1/auth/oauth2/introspect', issuer), {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ token }),
  });
  if (!answer.ok) throw new Error(`introspection: ${answer.status}`);
  return answer.json();
}

function tools(notes) {
  const server = new McpServer({ name: 'notes', version: '1.0.0' });
  const text = (value) => ({ content: [{ type: 'text', text: value }] });
  const ticked = ({ authInfo }) => authInfo.extra.mementos;
  const refused = { ...text('The user does not let you see this.'), isError: true };

  server.registerTool('list_notes', { description: 'The mementos that the user lets you see' }, (context) =>
    text(JSON.stringify(ticked(context).filter((id) => notes.has(id)))),
  );
  server.registerTool(
    'read_notes',
    { description: 'The notes in a memento', inputSchema: { memento: z.string() } },
    ({ memento }, context) => (ticked(context).includes(memento) ? text((notes.get(memento) ?? []).join('\n')) : refused),
  );
  server.registerTool(
    'add_note',
    { description: 'Write a note into a memento', inputSchema: { memento: z.string(), note: z.string() } },
    ({ memento, note }, context) => {
      if (!ticked(context).includes(memento)) return refused;
      notes.set(memento, [...(notes.get(memento) ?? []), note]);
      return text('Written.');
    },
  );
  return server;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { LATCHET_URL, CLIENT_ID, CLIENT_SECRET, NOTES_FILE, PORT } = process.env;
  const notes = new Map(Object.entries(NOTES_FILE ? JSON.parse(readFileSync(NOTES_FILE, 'utf8')) : {}));
  const client = { id: CLIENT_ID, secret: CLIENT_SECRET };
  const { resource } = await start({ issuer: LATCHET_URL, client, notes, port: Number(PORT ?? 8787) });
  console.log(`notes are at ${resource}`);
}
