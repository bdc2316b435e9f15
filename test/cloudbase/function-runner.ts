import { fork, type ChildProcess } from 'node:child_process';
import { nodeOf } from '../compiled/node-of';
import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import { isRecord } from '../../lib/values/json';
import { eventEnvironment, functionEnvironment, type CallOrigin } from './function-environment';
import { DEFAULT_ENV_ID } from './gateway';
import { realTimer, type Timer } from './timer';

/** The signals that end a process: SIGKILL as in a crash, SIGTERM if it does not object. */
export type EndingSignal = 'SIGKILL' | 'SIGTERM';

/** Which built function to run, and how. */
export interface FunctionOptions {
  /**
   * The file whose `main` is the function, such as `dist/cloudfunctions/payCallback/index.js`.
   * Absolute.
   */
  readonly bundle: string;
  readonly name: string;
  /** The loopback CloudBase's `url`. Any address that is not loopback is refused. */
  readonly gatewayUrl: string;
  /** Default: the loopback CloudBase's default environment. */
  readonly envId?: string;
  /** How long one event may take before the instance is killed. Default 3,000 ms, as WeChat's. */
  readonly timeLimitMs?: number;
  /** The function's own environment variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** Measures the time limit. Default: real time. */
  readonly timer?: Timer;
}

/**
 * One instance of a function: a process of its own that runs one event at a time.
 *
 *   loading ── ready ──▶ idle ──invoke──▶ busy ──answer──▶ idle
 *      └─ cannot load ─▶ gone ◀── killed, time limit, crash ──┘
 */
export interface FunctionInstance {
  readonly pid: number;
  /**
   * Runs one event and resolves with the function's result, passed through JSON. Rejects with a
   * `FunctionFailure` when it threw, took too long, or its process ended.
   */
  invoke(event: unknown, origin: CallOrigin): Promise<unknown>;
  state(): 'idle' | 'busy' | 'gone';
  /** What the process wrote to its standard output and error so far. */
  output(): string;
  /** Ends the process with a signal and resolves when it is gone. */
  kill(signal: EndingSignal): Promise<void>;
  /** Ends the process, at once and for good. */
  stop(): Promise<void>;
}

/**
 * Why an event has no result. `code` is stable; the message of a time-out is the platform's own.
 */
export class FunctionFailure extends Error {
  constructor(
    readonly code:
      'FUNCTION_THREW' | 'FUNCTION_TIMED_OUT' | 'FUNCTION_GONE' | 'FUNCTION_BUSY' | 'FUNCTION_UNLOADABLE',
    message: string,
  ) {
    super(message);
    this.name = 'FunctionFailure';
  }
}

const DEFAULT_TIME_LIMIT_MS = 3_000;
const MEMORY_MB = 256;

interface PendingEvent {
  readonly resolve: (value: unknown) => void;
  readonly reject: (failure: FunctionFailure) => void;
}

/**
 * Starts an instance and resolves when its bundle is loaded. Rejects with a `FunctionFailure`
 * otherwise.
 */
export async function startFunction(options: FunctionOptions): Promise<FunctionInstance> {
  const { name, bundle, timeLimitMs = DEFAULT_TIME_LIMIT_MS, timer = realTimer } = options;
  const gateway = { url: options.gatewayUrl, envId: options.envId ?? DEFAULT_ENV_ID };
  const environment = { ...functionEnvironment(gateway), PATH: process.env['PATH'] ?? '', ...options.env };
  const child = fork(join(__dirname, 'function-host.cjs'), [bundle], {
    cwd: dirname(bundle),
    env: environment,
    execArgv: [],
    execPath: nodeOf('functions'),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const output = collectOutput(child);
  let pending: PendingEvent | undefined;
  let over = false;
  const gone = new Promise<void>((resolve) => {
    child.once('close', (code, signal) => {
      over = true;
      settle()?.reject(
        new FunctionFailure(
          'FUNCTION_GONE',
          `the process of ${name} ended (${signal ?? `exit code ${code ?? '?'}`})`,
        ),
      );
      resolve();
    });
  });

  function settle(): PendingEvent | undefined {
    const settled = pending;
    pending = undefined;
    return settled;
  }

  function hear(message: unknown): void {
    if (!isRecord(message)) return;
    switch (message['kind']) {
      case 'ready':
        settle()?.resolve(undefined);
        return;
      case 'returned':
        settle()?.resolve(JSON.parse(String(message['json'])));
        return;
      case 'threw':
        settle()?.reject(new FunctionFailure('FUNCTION_THREW', String(message['error'])));
        return;
      case 'unloadable':
        settle()?.reject(new FunctionFailure('FUNCTION_UNLOADABLE', String(message['error'])));
        return;
      default:
        throw new TypeError(`the function host said ${JSON.stringify(message)}`);
    }
  }

  function kill(signal: EndingSignal): Promise<void> {
    over = true;
    child.kill(signal);
    return gone;
  }

  child.on('message', hear);
  await new Promise<unknown>((resolve, reject) => {
    pending = { resolve, reject };
  });

  return {
    pid: child.pid ?? 0,
    output,
    kill,
    stop: () => kill('SIGKILL'),
    state: () => (over ? 'gone' : pending ? 'busy' : 'idle'),
    invoke: (event, origin) =>
      new Promise((resolve, reject) => {
        if (over) {
          reject(new FunctionFailure('FUNCTION_GONE', `the process of ${name} has ended: start another`));
          return;
        }
        if (pending) {
          reject(new FunctionFailure('FUNCTION_BUSY', `${name} runs one event at a time: use a pool`));
          return;
        }
        const cancel = timer.schedule(timeLimitMs, () => {
          const seconds = Math.ceil(timeLimitMs / 1_000);
          const failure = new FunctionFailure(
            'FUNCTION_TIMED_OUT',
            `Invoking task timed out after ${seconds} seconds`,
          );
          settle();
          void kill('SIGKILL').then(() => reject(failure));
        });
        pending = {
          resolve: (value) => {
            cancel();
            resolve(value);
          },
          reject: (failure) => {
            cancel();
            reject(failure);
          },
        };
        child.send(
          {
            event,
            context: contextOf(name, gateway.envId, timeLimitMs, origin),
            environment: eventEnvironment(origin),
          },
          // A process that is already dying cannot be told: its end rejects the event.
          () => undefined,
        );
      }),
  };
}

/** The second argument of `main`, with the fields the platform gives (memory in MB, time in ms). */
function contextOf(name: string, envId: string, timeLimitMs: number, origin: CallOrigin) {
  return {
    memory_limit_in_mb: MEMORY_MB,
    time_limit_in_ms: timeLimitMs,
    request_id: randomUUID(),
    function_version: '$LATEST',
    function_name: name,
    namespace: envId,
    environment: JSON.stringify(eventEnvironment(origin)),
  };
}

function collectOutput(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  return () => text;
}
