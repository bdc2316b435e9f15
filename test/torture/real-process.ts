import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isRecord } from '../../lib/values/json';
import { notificationFor } from '../inbox/notifications';
import { order, PAYER } from '../store/builders';
import { nodeRuns } from '../compiled/compiled';

const ROOT = resolve(__dirname, '../..');

/** A server in a process of its own, as `npm start` starts it. */
export interface RealProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** Sends it a signal and resolves with its exit code and signal. */
  end(signal: NodeJS.Signals): Promise<unknown>;
  /**
   * Sets the clock of a process started with `clockOffMs`, and resolves once it uses it. Rejects
   * when the process is gone.
   */
  setClock(offMs: number): Promise<void>;
}

/** What a process answers, or did not. */
export type Answered = Readonly<Record<string, unknown>>;

/** Where a folder's database is. */
export function databaseIn(folder: string): string {
  return join(folder, 'data', 'inbox.db');
}

/**
 * Creates a folder that a server can start in: settings, an empty data folder, and a link to the
 * packages.
 */
export function prepareFolder(folder: string, settings: object = {}): void {
  mkdirSync(join(folder, 'data'));
  copyFileSync(join(ROOT, 'tsconfig.json'), join(folder, 'tsconfig.json'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const merchants = [{ subMchId: order(1).subMchId }];
  const config = { merchants, log: { level: 'silent' }, ...settings };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
}

/** How a process is started beside the usual way. */
export interface StartOptions {
  /** The user it runs as; only root can choose. */
  readonly uid?: number;
  /** Called with the process at once, before it listens. */
  readonly onSpawn?: (child: ChildProcess) => void;
  readonly dataDir?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Gives the process a clock that can be set while it runs, so many ms off at first. */
  readonly clockOffMs?: number;
}

/** A server ended before it listened. */
export class EndedEarly extends Error {
  constructor(
    readonly exit: unknown,
    readonly output: string,
  ) {
    super(`the server ended before it listened: ${output.slice(0, 500)}`);
  }
}

/**
 * Starts a server in a prepared folder and resolves when it prints its address. Rejects with
 * `EndedEarly`.
 */
export async function startProcess(folder: string, options: StartOptions = {}): Promise<RealProcess> {
  const { clockOffMs } = options;
  const server = nodeRuns('server/main.ts');
  const clock = nodeRuns(join(__dirname, 'stepped-clock.ts')).slice(-1);
  const preload = clockOffMs === undefined ? [] : clock.flatMap((file) => ['--import', file]);
  const command = ['-C', 'test-shop', ...server.slice(0, -1), ...preload, ...server.slice(-1)];
  const child = spawn(process.execPath, command, {
    ...(options.uid === undefined ? {} : { uid: options.uid }),
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      PORT: '0',
      DATA_DIR: options.dataDir ?? join(folder, 'data'),
      ...(clockOffMs === undefined ? {} : { CLOCK_OFFSET_MS: String(clockOffMs) }),
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe', ...(clockOffMs === undefined ? [] : ['ipc' as const])],
  });
  options.onSpawn?.(child);
  const exited = once(child, 'exit');
  const gone = exited.then(() => {
    throw new Error('the process is gone, and nobody sets its clock');
  });
  gone.catch(() => undefined);
  let output = '';
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new TypeError('the process has no output to read');
  stderr.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4_000)));
  for await (const chunk of stdout.iterator({ destroyOnReturn: false })) {
    output += String(chunk);
    const url = /open (http:\S+)/.exec(output)?.[1];
    if (url === undefined) continue;
    stdout.resume();
    return {
      url,
      child,
      async end(signal) {
        child.kill(signal);
        return exited;
      },
      async setClock(offMs) {
        const heard = Promise.race([once(child, 'message'), gone]);
        child.send({ offsetMs: offMs });
        await heard;
      },
    };
  }
  throw new EndedEarly(await exited, output);
}

/** Posts JSON and reads what comes as JSON. Rejects when nobody answers. */
export async function post(
  url: string,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answered> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body), headers });
  const value: unknown = await response.json();
  return isRecord(value) ? value : {};
}

/** Makes an order of one packet of tea and answers its number. */
export async function makeOrder(url: string, requestId: string): Promise<string> {
  const made = await post(
    `${url}/functions/createOrder`,
    { requestId, cart: [{ sku: 'tea', count: 1 }] },
    { 'x-wx-openid': PAYER },
  );
  if (typeof made['outTradeNo'] !== 'string') throw new Error(`no order was made: ${JSON.stringify(made)}`);
  return made['outTradeNo'];
}

/** Tells the server that an order is paid, as WeChat Pay does. */
export function notify(url: string, outTradeNo: string): Promise<Answered> {
  const transactionId = `4200${Buffer.from(outTradeNo).toString('hex').slice(-28)}`;
  const event = { ...notificationFor(order(1)), outTradeNo, transactionId, totalFee: 5800, cashFee: 5800 };
  return post(`${url}/callback/pay`, event, { 'x-wx-source': 'wx_paycallback' });
}

/** Has the workers do all there is to do. */
export async function workOff(url: string): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) {
    const { claimed } = await post(`${url}/workers/processInbox`, {});
    const fulfilled = await post(`${url}/workers/fulfillOrders`, {});
    if (claimed === 0 && fulfilled['claimed'] === 0) return;
  }
  throw new Error('the workers never came to an end');
}
