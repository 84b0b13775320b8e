// The lines for React Native of the mobile quickstart and its translation, run as they are printed. Usage: node expo.mjs INFO
//
// expo-secure-store needs a phone. Its published types say which functions it has: the store here has these and no others, and the compiler
// checks the lines against them.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = 'expo-secure-store@57.0.4';
const root = fileURLToPath(new URL('../..', import.meta.url));
const { url, apps } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const { id, secret } = apps.find((app) => app.id === 'demo');

const folder = mkdtempSync(join(tmpdir(), 'latchet-expo-'));
const run = (program, ...given) => execFileSync(program, given, { cwd: folder, encoding: 'utf8' });
// The package alone: npm would install the whole of Expo beside it.
run('tar', 'xzf', run('npm', 'pack', '--silent', PACKAGE).trim());
const library = join(folder, 'node_modules/expo-secure-store');
mkdirSync(library, { recursive: true });
cpSync(join(folder, 'package/build/SecureStore.d.ts'), join(library, 'index.d.ts'));
const types = readFileSync(join(library, 'index.d.ts'), 'utf8');
const works = {
  getItemAsync: 'async (key) => kept.get(key) ?? null',
  setItemAsync: 'async (key, value) => void kept.set(key, value)',
  deleteItemAsync: 'async (key) => void kept.delete(key)',
};
for (const name of Object.keys(works)) assert(types.includes(`export declare function ${name}(`), name);
const functions = Object.entries(works).map(([name, work]) => `export const ${name} = ${work};\n`);
writeFileSync(join(library, 'index.js'), `const kept = new Map();\n${functions.join('')}`);
writeFileSync(join(library, 'package.json'), '{"name":"expo-secure-store","type":"module","main":"index.js","types":"index.d.ts"}');
writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
cpSync(join(root, 'examples/mobile/auth.js'), join(folder, 'auth.js'));

for (const page of ['docs/quickstarts/mobile.md', 'docs/zh/quickstarts/mobile.md']) {
  const email = `expo-${Date.now()}@example.com`;
  const headers = { 'x-app-id': id, 'x-app-secret': secret, 'content-type': 'application/json' };
  const body = JSON.stringify({ email, password: 'secret123' });
  const registered = await fetch(`${url}/api/v1/auth/register`, { method: 'POST', headers, body });
  assert.equal(registered.status, 200);
  const { user } = await registered.json();
  const [, lines] = readFileSync(join(root, page), 'utf8').match(/```js\n(import \* as SecureStore[^]*?)```/);
  const [imports, ...rest] = lines.split('\n');
  const program = [imports, "import { latchet } from './auth.js';", ...rest, 'console.log(user.id, (await auth.me()).id);']
    .join('\n')
    .replace('http://127.0.0.1:3000', url)
    .replace('ls_…', secret)
    .replace('grace@example.com', email);
  writeFileSync(join(folder, 'app.js'), program);
  const options = ['--noEmit', '--allowJs', '--checkJs', '--skipLibCheck', '--target', 'es2022', '--module', 'nodenext'];
  const compiler = join(root, 'tests/clients/node_modules/.bin/tsc');
  execFileSync(compiler, [...options, '--lib', 'es2022,dom', 'app.js'], { cwd: folder, stdio: 'inherit' });
  assert.equal(run('node', 'app.js').trim(), `${user.id} ${user.id}`);
  console.log(`ok  ${page}, the lines for expo-secure-store`);
}
