import { join, relative, resolve } from 'node:path';
import type { WorkerOptions } from 'node:worker_threads';
import { Worker } from 'node:worker_threads';

const ROOT = resolve(__dirname, '../..');

/**
 * Stands for `lib/runtime/own-thread` in Jest: the thread runs what Jest has compiled, and so
 * starts in a tenth of the processor time.
 */
export function startThread(folder: string, name: string, options: WorkerOptions): Worker {
  const compiled = process.env['WXPAY_COMPILED'];
  if (compiled === undefined) throw new Error('Jest has compiled nothing: see test/compiled/compile.cjs');
  return new Worker(join(compiled, relative(ROOT, folder), `${name}.js`), { ...options, execArgv: [] });
}
