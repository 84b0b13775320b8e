// Servers as processes, and what Linux says of their CPU time and memory.

import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

/** Milliseconds of CPU that the threads of a process have used: nanoseconds, where `stat` counts hundredths of a second. */
export function cpu(pid) {
  const threads = readdirSync(`/proc/${pid}/task`).map((thread) => readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8'));
  return threads.reduce((sum, line) => sum + Number(line.split(' ')[0]), 0) / 1e6;
}

/** The most memory that a process has had, in MiB. */
export const peak = (pid) => Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmHWM:\s+(\d+)/)[1]) / 1024;

/** The process of a function of `cargo dev up`. */
export function functionProcess(name) {
  const found = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry)).find((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`AWS_LAMBDA_FUNCTION_NAME=${name}`);
    } catch {
      return false; // it ended, or is another user's
    }
  });
  if (!found) throw new Error(`no process of the function ${name}`);
  return Number(found);
}

/** What the local engine takes from anybody. */
const ACCESS = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local', AWS_REGION: 'us-east-1' };

function freePort() {
  return new Promise((taken) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => taken(port));
    });
  });
}

/** Starts a script with a port and what else it takes, and waits until it says that it is ready. `line` gives the next line that begins with a word. */
export async function start(script, ...more) {
  const port = await freePort();
  const child = spawn(process.execPath, [script, `${port}`, ...more], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...ACCESS, NODE_ENV: 'production' } });
  process.on('exit', () => child.kill());
  const lines = [];
  const waiting = [];
  createInterface({ input: child.stdout }).on('line', (text) => {
    lines.push(text);
    for (const wake of waiting.splice(0)) wake();
  });
  const line = async (word) => {
    for (;;) {
      const at = lines.findIndex((text) => text.startsWith(word));
      if (at >= 0) return lines.splice(at, 1)[0].slice(word.length).trim();
      if (child.exitCode !== null) throw new Error(`${script} ended`);
      await new Promise((wake) => waiting.push(wake));
    }
  };
  await line('ready');
  return { site: `http://127.0.0.1:${port}`, pid: child.pid, started: cpu(child.pid), line };
}
