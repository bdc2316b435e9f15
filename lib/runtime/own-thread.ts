import { extname, join } from 'node:path';
import type { WorkerOptions } from 'node:worker_threads';
import { Worker } from 'node:worker_threads';

/** Of this program's files: `.ts` from a checkout, `.js` in `dist/server`. */
const ENDING = extname(__filename);

/**
 * Starts a file of this program as a thread; `folder` is the `__dirname` of the caller, `name` the
 * file without its ending. From a checkout the thread reads TypeScript as this one does. In a build
 * all files of threads lie beside `main.js`, each with everything it uses.
 */
export function startThread(folder: string, name: string, options: WorkerOptions): Worker {
  const execArgv = ENDING === '.ts' ? ['--require', require.resolve('tsx/cjs')] : [];
  return new Worker(join(folder, `${name}${ENDING}`), { ...options, execArgv });
}
