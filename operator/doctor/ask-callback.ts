import { fork } from 'node:child_process';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { isRecord, parseJson } from '../../lib/values/json';

/**
 * How the simulated database answers the function: it stores, or it refuses. In fact nothing is
 * kept.
 */
export type PretendedDatabase = 'stores' | 'refuses';

/** Time for a cold start and an ack on a slow machine, in ms. */
const PATIENCE_MS = 20_000;

/**
 * Runs a built callback function on one event, in a separate process whose database is simulated on
 * the loopback interface, and resolves with its result. Nothing leaves this machine and nothing is
 * stored. Rejects when the function throws, ends or does not answer.
 */
export async function askCallback(
  bundle: string,
  event: object,
  source: string,
  database: PretendedDatabase,
): Promise<unknown> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(databaseAnswer(Buffer.concat(chunks).toString('utf8'), database)));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = isRecord(address) ? Number(address['port']) : 0;
  const child = fork(join(__dirname, 'callback-host.cjs'), [], {
    execArgv: [],
    stdio: 'ignore',
    // The process must not reach the cloud, so it inherits nothing from this one's environment.
    env: { ...functionEnvironment(port, source), PATH: process.env['PATH'] ?? '' },
  });
  try {
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`did not answer within ${PATIENCE_MS / 1000} s`));
      }, PATIENCE_MS);
      child.once('message', (message: unknown) => {
        clearTimeout(timer);
        if (isRecord(message) && 'answer' in message) resolve(message['answer']);
        else reject(new Error(isRecord(message) ? String(message['error']) : 'said something else'));
      });
      child.once('exit', (code) => {
        clearTimeout(timer);
        reject(new Error(`ended with ${String(code)} before it answered`));
      });
      child.send({ bundle, event });
    });
  } finally {
    child.kill('SIGKILL');
    server.closeAllConnections();
    server.close();
  }
}

/**
 * The environment the platform sets for a function, with a database at this port and useless keys.
 */
function functionEnvironment(port: number, source: string): Readonly<Record<string, string>> {
  return {
    TENCENTCLOUD_RUNENV: 'SCF',
    TENCENTCLOUD_REGION: 'ap-shanghai',
    TENCENTCLOUD_SECRETID: 'doctor',
    TENCENTCLOUD_SECRETKEY: 'doctor',
    TENCENTCLOUD_SESSIONTOKEN: 'doctor',
    SCF_NAMESPACE: 'doctor-0000000000000000',
    TCB_ENV: 'doctor-0000000000000000',
    TCB_CONTEXT_CNFG: JSON.stringify({ URL: `http://127.0.0.1:${port}/admin` }),
    TCB_SOURCE: source,
    SILENCE: 'true',
  };
}

/** CloudBase's answer to an insert (`database.insertDocument`), or its refusal. */
function databaseAnswer(body: string, database: PretendedDatabase): object {
  if (database === 'refuses')
    return { code: 'DATABASE_REQUEST_FAILED', message: 'refused by the doctor', requestId: 'doctor' };
  const request = parseJson(body);
  const documents: unknown = isRecord(request) ? request['data'] : null;
  const all: readonly unknown[] = Array.isArray(documents) ? documents : [];
  const [first] = all;
  const document: unknown = typeof first === 'string' ? parseJson(first) : null;
  return { requestId: 'doctor', data: { insertedIds: [isRecord(document) ? document['_id'] : null] } };
}
