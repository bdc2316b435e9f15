import { extname, join } from 'node:path';
import type { WorkerOptions } from 'node:worker_threads';
import { Worker } from 'node:worker_threads';

/** Of this program's files: `.ts` from a checkout, `.js` in `dist/server`. */
const ENDING = extname(__filename);

/**
 * Starts a file of this program as a thread; `folder` is the `__dirname` of the caller, `name` the
 * file without its ending. From a checkout the thread reads TypeScript as this one does. In a build
 * all files of threads lie beside `main.js`, each with everything it uses.
 *
 * From a checkout it starts from a line of JavaScript: under `NODE_OPTIONS=--import …`, as agents
 * that watch a process set it, Node.js refuses a thread whose first file is TypeScript.
 */
export function startThread(folder: string, name: string, options: WorkerOptions): Worker {
  const file = join(folder, `${name}${ENDING}`);
  if (ENDING !== '.ts') return new Worker(file, { ...options, execArgv: [] });
  const first = [require.resolve('tsx/cjs'), file]
    .map((path) => `require(${JSON.stringify(path)});`)
    .join('');
  return new Worker(first, { ...options, execArgv: [], eval: true });
}
