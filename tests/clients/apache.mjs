// mod_auth_openidc, unmodified, in an Apache of its own: a site behind a sign-in, of which Apache is the relying party.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { Browser } from './browser.mjs';
import { folder } from './debian.mjs';
import { register } from './operator.mjs';

const MODULES = '/usr/lib/apache2/modules';
const LOADED = ['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'dir', 'headers', 'auth_openidc'];

function configuration(path, port, issuer, party) {
  const site = `http://127.0.0.1:${port}`;
  return `
ServerRoot "${path}"
ServerName 127.0.0.1
Listen 127.0.0.1:${port}
PidFile "${path}/pid"
DefaultRuntimeDir "${path}"
ErrorLog "${path}/errors"
${LOADED.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`).join('\n')}
DocumentRoot "${path}/site"
OIDCProviderMetadataURL ${issuer}/.well-known/openid-configuration
OIDCClientID ${party.id}
OIDCClientSecret ${party.secret}
OIDCRedirectURI ${site}/back
OIDCCryptoPassphrase "a passphrase of thirty-two letters"
OIDCScope "openid profile email offline_access"
OIDCPKCEMethod S256
OIDCInfoHook iat access_token refresh_token id_token userinfo
<Location />
  AuthType openid-connect
  Require valid-user
  Header set x-email "%{OIDC_CLAIM_email}e"
</Location>
<Location /out>
  AuthType None
  Require all granted
</Location>
`;
}

// A browser at Apache's site, where no form is filled in. Apache sends no script to the sign-in, and `fetch` says of itself that it is one.
class Visitor {
  cookies = new Map();

  async visit(url) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const [answer] = await once(get(url, { headers: { accept: 'text/html', cookie } }), 'response');
    for (const line of answer.headers['set-cookie'] ?? []) {
      const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
      if (value) this.cookies.set(name, value);
      else this.cookies.delete(name);
    }
    const { location, 'x-email': email } = answer.headers;
    return { status: answer.statusCode, location, email, body: await text(answer) };
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

// Starts Apache, unprivileged, and waits until it answers.
async function start(port, issuer, party) {
  const { path, as } = folder();
  mkdirSync(join(path, 'site'));
  writeFileSync(join(path, 'site/index.html'), 'Inside');
  writeFileSync(join(path, 'apache.conf'), configuration(path, port, issuer, party));
  const running = spawn('/usr/sbin/apache2', ['-f', join(path, 'apache.conf'), '-D', 'FOREGROUND'], { stdio: 'inherit', ...as });
  const ended = once(running, 'exit');
  const stop = async () => {
    running.kill();
    await ended;
  };
  for (let look = 0; look < 100; look += 1) {
    const answers = await fetch(`http://127.0.0.1:${port}/out`, { redirect: 'manual' }).then(() => true, () => false);
    if (answers) return { path, stop };
    if (running.exitCode !== null) break;
    await pause(100);
  }
  throw new Error(`Apache did not start: ${readFileSync(join(path, 'errors'), 'utf8')}`);
}

export async function apache(infoFile, info) {
  const port = await freePort();
  const site = `http://127.0.0.1:${port}`;
  const party = register(infoFile, 'Apache', ['--redirect-uri', `${site}/back`, '--scope', 'openid profile email offline_access', '--post-logout-redirect-uri', `${site}/out`]);
  const { path, stop } = await start(port, info.url, party);
  try {
    const user = new Browser(info);
    await user.signUp();
    const visitor = new Visitor();
    const away = await visitor.visit(`${site}/`);
    const asked = new URL(away.location);
    assert.ok(asked.searchParams.get('code_challenge') && asked.searchParams.get('nonce'), away.location);
    const arrived = await visitor.visit(await user.agree(asked.href));
    assert.equal(arrived.location, `${site}/`, arrived.body);
    const inside = await visitor.visit(`${site}/`);
    assert.deepEqual([inside.status, inside.email, inside.body], [200, user.email, 'Inside']);

    const tokens = async () => JSON.parse((await visitor.visit(`${site}/back?info=json`)).body);
    const before = await tokens();
    assert.equal(before.id_token.aud, party.id);
    assert.equal(before.userinfo.email, user.email);
    const refresh = `${site}/back?${new URLSearchParams({ refresh: `${site}/`, access_token: before.access_token })}`;
    assert.equal((await visitor.visit(refresh)).location, `${site}/`);
    const after = await tokens();
    assert.notEqual(after.access_token, before.access_token);

    const leaving = await visitor.visit(`${site}/back?${new URLSearchParams({ logout: `${site}/out` })}`);
    const left = await user.request(leaving.location);
    assert.equal(left.location, `${site}/out`);
    const again = await visitor.visit(`${site}/`);
    assert.equal(again.status, 302, 'the site is closed');
    const silent = new URL(again.location);
    silent.searchParams.set('prompt', 'none');
    const unknown = new URL((await user.request(silent.href)).location);
    assert.equal(unknown.searchParams.get('error'), 'login_required');
  } catch (error) {
    console.error(readFileSync(join(path, 'errors'), 'utf8'));
    throw error;
  } finally {
    await stop();
  }
}
