import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { isRecord } from '../lib/values/json';

/** A part of the benchmark that runs until it is stopped. */
export interface Running {
  readonly stop: () => Promise<void>;
}

/** Starts a TypeScript file of the benchmark as a separate process. */
export function startScript(file: string, args: readonly string[]): ChildProcess {
  return fork(file, [...args], {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

/** Resolves with the next message of a process. Rejects when it ends first. */
export async function told(by: ChildProcess): Promise<Readonly<Record<string, unknown>>> {
  const message: unknown = await new Promise((resolve, reject) => {
    by.once('message', resolve);
    by.once('exit', (code) => {
      reject(new Error(`a process ended with ${String(code)} before it said anything`));
    });
  });
  return isRecord(message) ? message : {};
}

/** Ends a process and resolves when it is gone. */
export async function ended(process: ChildProcess, signal: 'SIGKILL' | 'SIGINT' = 'SIGKILL'): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return;
  const exit = once(process, 'exit');
  process.kill(signal);
  await exit;
}

/** Finds an unused port. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('there is no free port');
  return address.port;
}
