import type { MessagePort } from 'node:worker_threads';
import { parentPort, workerData } from 'node:worker_threads';
import { errorText } from '../../../runtime/error-text';
import { checkPages } from './check-pages';

/*
 * The thread that reads every page of a database, because the thread that answers WeChat Pay must
 * not wait for the disk that long.
 */

function answer(port: MessagePort | null): void {
  if (port === null || typeof workerData !== 'string')
    throw new TypeError('this file is started by checkDatabase');
  try {
    port.postMessage({ problems: checkPages(workerData) });
  } catch (error) {
    port.postMessage({ failed: errorText(error) });
  }
}

answer(parentPort);
