// What the owner of an app does for its clients: `cargo ops`.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';

// Registers a client of the app `default` with these options of `cargo ops client create`.
export function register(infoFile, name, options) {
  const words = ['--app', 'default', '--name', name, '--info', infoFile, '--json', ...options];
  return JSON.parse(execFileSync('cargo', ['ops', 'client', 'create', ...words], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }));
}

// Awaits something that has to fail with that error of OAuth.
export async function refused(promise, error) {
  const failed = await promise.then(() => undefined, (reason) => reason);
  assert.ok(failed, `${error} was expected`);
  const said = [failed.error, failed.code, failed.message, failed.cause?.error, failed.cause?.message].join(' ');
  assert.ok(said.includes(error), said);
}
