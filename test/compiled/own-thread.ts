import { join } from 'node:path';
import type { WorkerOptions } from 'node:worker_threads';
import { Worker } from 'node:worker_threads';
import { compiled } from './compiled';

/**
 * Stands for `lib/runtime/own-thread` in Jest: the thread runs what Jest has compiled, and so
 * starts in a tenth of the processor time.
 */
export function startThread(folder: string, name: string, options: WorkerOptions): Worker {
  return new Worker(compiled(join(folder, `${name}.ts`)), { ...options, execArgv: [] });
}
