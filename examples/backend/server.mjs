// A backend with one protected route. Usage: node server.mjs SERVICE APP_ID APP_SECRET [PORT]

import { createServer } from 'node:http';
import { ask } from './ask.mjs';

const [service, appId, appSecret, port = '4000'] = process.argv.slice(2);

createServer(async (request, response) => {
  const token = request.headers.authorization?.match(/^Bearer ([\w.-]+)$/)?.[1];
  try {
    const claims = token && (await ask(token, { service, appId, appSecret }));
    if (!claims) return response.writeHead(401, { 'www-authenticate': 'Bearer' }).end();
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ hello: claims.sub }));
  } catch {
    // The service is down, or busy: the token may be good, so this is no 401.
    response.writeHead(503, { 'retry-after': '5' }).end();
  }
}).listen(Number(port), '127.0.0.1', function () {
  console.log(`http://127.0.0.1:${this.address().port}/`);
});
