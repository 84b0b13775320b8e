// The same work by Latchet, OpenAuth, better-auth and oidc-provider, in one run, a round of each after the other. `cargo dev bench --peers`
// starts Latchet's release build and runs this. Usage: node run.mjs INFO FILE, which is written.

import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { cpu, functionProcess, peak, start } from './processes.mjs';
import { betterAuth, latchet, oidcProvider, openAuth } from './work.mjs';

const [, , infoFile, file] = process.argv;
const ROUNDS = 11;
const TIMES = { signIn: 20, refresh: 100 };

const { url, dynamodb } = JSON.parse(readFileSync(infoFile, 'utf8'));
const version = (name) => JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url), 'utf8')).version;
const functions = { signIn: functionProcess('browser-sign-in'), refresh: functionProcess('browser-refresh') };
const [stored, open] = [await start('openauth.mjs', dynamodb), await start('openauth.mjs')];
const [better, oidc] = [await start('better-auth.mjs'), await start('oidc-provider.mjs')];
const openAuthRow = async (server, store) => ({
  name: `OpenAuth ${version('@openauthjs/openauth')}`, processes: { signIn: server.pid, refresh: server.pid },
  work: await openAuth(server.site, () => server.line('code')), started: server.started, hash: 'scrypt, its default', store, refreshes: 'ES256, single-use token',
});

const products = [
  {
    name: 'Latchet', processes: functions, work: await latchet(url), started: cpu(functions.signIn),
    hash: 'argon2id, 19 MiB, 2 passes', store: 'DynamoDB, by HTTP to another process', refreshes: 'ES256 or HS256, single-use token',
  },
  await openAuthRow(stored, 'the same'),
  await openAuthRow(open, 'memory'),
  {
    name: `better-auth ${version('better-auth')}`, processes: { signIn: better.pid }, work: await betterAuth(better.site),
    started: better.started, hash: 'scrypt, its default', store: 'memory', refreshes: 'none: a session is looked up',
  },
  {
    name: `oidc-provider ${version('oidc-provider')}`, processes: { refresh: oidc.pid }, work: await oidcProvider(oidc.site),
    started: oidc.started, hash: 'none: it knows no passwords', store: 'memory', refreshes: 'RS256 ID token, single-use token',
  },
];

async function measure({ processes, work }, kind) {
  if (!work[kind]) return undefined;
  const before = cpu(processes[kind]);
  for (let times = 0; times < TIMES[kind]; times += 1) await work[kind]();
  return (cpu(processes[kind]) - before) / TIMES[kind];
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const results = new Map(products.map((product) => [product, { signIn: [], refresh: [] }]));
for (let round = 0; round < ROUNDS; round += 1) {
  for (const kind of ['signIn', 'refresh']) {
    for (const product of products) {
      const milliseconds = await measure(product, kind);
      // The first round warms up.
      if (round > 0 && milliseconds !== undefined) results.get(product)[kind].push(milliseconds);
    }
  }
  console.error(`round ${round + 1} of ${ROUNDS}`);
}

const number = (values) => (values.length ? median(values).toFixed(2) : '–');
const rows = products.map((product) => {
  const { name, processes, started, hash, store, refreshes } = product;
  const { signIn, refresh } = results.get(product);
  const memory = Math.max(...Object.values(processes).map(peak));
  return `| ${name} | ${started.toFixed(0)} | ${number(signIn)} | ${number(refresh)} | ${memory.toFixed(0)} | ${hash} | ${refreshes} | ${store} |`;
});
writeFileSync(file, `Measured on ${new Date().toISOString().slice(0, 10)}: ${cpus()[0].model.trim()}, ${cpus().length} cores, Node ${process.versions.node}.

| | CPU ms until ready | CPU ms of a sign-in | CPU ms of a refresh | peak MiB | password hash | a refresh signs | store |
|---|--:|--:|--:|--:|---|---|---|
${rows.join('\n')}
`);
console.log(readFileSync(file, 'utf8'));
process.exit(0);
