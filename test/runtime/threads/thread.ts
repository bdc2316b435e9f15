import { parentPort, workerData } from 'node:worker_threads';

/* Says what it was given. */
const given: string = String(workerData);
parentPort?.postMessage(given);
