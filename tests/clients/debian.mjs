// What Debian's packages bring: programs and libraries of others, for the scripts beside this one.

import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const SOURCES = import.meta.dirname;
const CACHE = resolve(SOURCES, '../../.dev/clients/go');
// Debian's `nobody`. A party needs no right of ours.
const NOBODY = 65534;
const JARS = ['google-oauth-client', 'google-http-client', 'google-http-client-gson', 'gson', 'guava', 'opencensus-api', 'opencensus-contrib-http-util', 'grpc-context'];
const CLASSES = JARS.map((name) => `/usr/share/java/${name}.jar`).join(':');

// The version of a package; nothing where it is not installed.
export function version(name) {
  const asked = spawnSync('dpkg-query', ['--show', '--showformat=${db:Status-Status} ${Version}', name], { encoding: 'utf8' });
  const [status, number] = (asked.stdout ?? '').split(' ');
  return status === 'installed' ? number : undefined;
}

// Runs what needs these packages, or says that it did not run. `shown` is the package whose version the table has.
export async function withPackages(name, [shown, ...others], run) {
  const missing = [shown, ...others].filter((one) => !version(one));
  if (missing.length > 0) {
    console.log(`not run  ${name}: ${missing.join(', ')} not installed`);
    return;
  }
  await run();
  console.log(`ok  ${name} (Debian's ${shown} ${version(shown)})`);
}

// A new folder, which goes when this process ends, and who works there: nobody, where we are root.
export function folder() {
  const path = mkdtempSync(join(tmpdir(), 'latchet-party-'));
  const root = process.getuid() === 0;
  if (root) chownSync(path, NOBODY, NOBODY);
  chmodSync(path, 0o755);
  process.on('exit', () => rmSync(path, { recursive: true, force: true }));
  return { path, as: root ? { uid: NOBODY, gid: NOBODY } : {} };
}

// Builds a program from files of the folder `go`, with Debian's libraries alone.
export function go(into, name, files) {
  const program = join(into, name);
  const env = { ...process.env, GO111MODULE: 'off', GOFLAGS: '', GOPATH: '/usr/share/gocode', GOCACHE: CACHE };
  execFileSync('go', ['build', '-o', program, ...files.map((file) => join(SOURCES, 'go', file))], { env, stdio: 'inherit' });
  return [program];
}

// Compiles the folder `java`, with Debian's libraries alone.
export function java(into, main) {
  const files = ['Verifier', 'Verify', 'Party'].map((name) => join(SOURCES, 'java', `${name}.java`));
  execFileSync('javac', ['-cp', CLASSES, '-d', into, ...files], { stdio: 'inherit' });
  return ['java', '-cp', `${CLASSES}:${into}`, main];
}
