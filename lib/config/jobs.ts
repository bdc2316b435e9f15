/*
 * Every cloud function and every worker by the name of its folder, with the defaults of its
 * settings. Whatever must know them all takes them from here: the settings, the build, the server,
 * the doctor. One that is added here and handled nowhere does not compile; docs/architecture.md
 * says what else it needs. Nothing is imported: this is part of every bundle.
 */

/** The limits of a function, unless config.json says otherwise. */
interface Limits {
  readonly timeoutSeconds: number;
  /**
   * The least time limit that may be set: below it, a run could not start any work. 3 by default.
   */
  readonly least?: number;
  /** 256 by default. */
  readonly memoryMb?: 512;
}

interface FunctionJob extends Limits {
  /**
   * `wechat_pay`: closed to everybody else, and built as small as can be. `wechat_pay_http`: the
   * same, over HTTP; only installations with a merchant on API v3 have them.
   */
  readonly calledBy: 'wechat_pay' | 'wechat_pay_http' | 'anybody';
  /** Uploaded only when it is wanted. */
  readonly isOptional?: true;
}

interface WorkerJob extends Limits {
  /**
   * A 7-field expression in Beijing time, unless config.json says otherwise. In the cloud each run
   * is a call that costs, as much as each request it makes.
   */
  readonly timer: string;
  /** The same on a server, where a run without work costs nothing; `timer` when absent. */
  readonly serverTimer?: string;
}

/** The functions that are called: by WeChat Pay, a mini program or an operator. */
export const FUNCTIONS = {
  payCallback: { calledBy: 'wechat_pay', timeoutSeconds: 10 },
  refundCallback: { calledBy: 'wechat_pay', timeoutSeconds: 10 },
  payCallbackV3: { calledBy: 'wechat_pay_http', timeoutSeconds: 10 },
  refundCallbackV3: { calledBy: 'wechat_pay_http', timeoutSeconds: 10 },
  // Each asks WeChat Pay once, which may take 10 s; a refund asks twice.
  createOrder: { calledBy: 'anybody', timeoutSeconds: 20, least: 15 },
  queryOrder: { calledBy: 'anybody', timeoutSeconds: 20, least: 15 },
  closeOrder: { calledBy: 'anybody', timeoutSeconds: 20, least: 15 },
  refundOrder: { calledBy: 'anybody', timeoutSeconds: 30, least: 25 },
  queryRefund: { calledBy: 'anybody', timeoutSeconds: 20 },
  ops: { calledBy: 'anybody', timeoutSeconds: 30 },
  probe: { calledBy: 'anybody', timeoutSeconds: 60, least: 20, isOptional: true },
} as const satisfies Readonly<Record<string, FunctionJob>>;

/** The workers, which timers start: no two of them in the same second. */
export const WORKERS = {
  // It also fulfils what it made due: a payment waits for 6 s on average.
  processInbox: { timer: '*/12 * * * * * *', timeoutSeconds: 60 },
  // For what `processInbox` left: holds, and orders of a run that died.
  fulfillOrders: { timer: '7 */5 * * * * *', serverTimer: '7 * * * * * *', timeoutSeconds: 60 },
  followRefunds: {
    timer: '22 */5 * * * * *',
    serverTimer: '22 * * * * * *',
    timeoutSeconds: 60,
    least: 20,
  },
  reconcileStatement: {
    // Six runs of one minute until 10:30, by when a day must be known: enough for a million rows.
    timer: '3 */5 10-23 * * * *',
    serverTimer: '3 * 10-23 * * * *',
    // The whole bill of a day is in memory while it is downloaded and archived.
    timeoutSeconds: 60,
    least: 40,
    memoryMb: 512,
  },
  // A payment without a callback is known within 10 minutes: 7.7 between two queries, and these 2.
  reconcileOrders: {
    timer: '47 */2 * * * * *',
    serverTimer: '47 * * * * * *',
    timeoutSeconds: 60,
    least: 20,
  },
  retain: { timer: '43 */10 1-5 * * * *', timeoutSeconds: 60, least: 20 },
  watchdog: {
    // Half a minute into each interval of figures: by then the last messages of the one before are
    // processed.
    timer: '30 */5 * * * * *',
    timeoutSeconds: 60,
    least: 20,
  },
} as const satisfies Readonly<Record<string, WorkerJob>>;

/** The name of a function. */
export type FunctionName = keyof typeof FUNCTIONS;

/** The name of a worker. */
export type WorkerName = keyof typeof WORKERS;

/** True for the name of a function. */
export function isFunctionName(name: string): name is FunctionName {
  return Object.hasOwn(FUNCTIONS, name);
}

/** True for the name of a worker. */
export function isWorkerName(name: string): name is WorkerName {
  return Object.hasOwn(WORKERS, name);
}

/** All functions, in the order above. */
export const FUNCTION_NAMES: readonly FunctionName[] = Object.keys(FUNCTIONS).filter(isFunctionName);

/** All workers, in the order above. */
export const WORKER_NAMES: readonly WorkerName[] = Object.keys(WORKERS).filter(isWorkerName);

/** The timer of a worker on a server, unless config.json says otherwise. */
export function serverTimerOf(name: WorkerName): string {
  const { timer, serverTimer = timer }: WorkerJob = WORKERS[name];
  return serverTimer;
}

/** The functions that WeChat Pay calls. */
export const CALLBACKS: readonly FunctionName[] = FUNCTION_NAMES.filter(
  (name) => FUNCTIONS[name].calledBy !== 'anybody',
);

/** True for a function that an installation may lack: it is uploaded only when it is wanted. */
export function isOptional(name: string): boolean {
  return isFunctionName(name) && 'isOptional' in FUNCTIONS[name];
}

/** The limits of a function or a worker, unless config.json says otherwise. */
export function limitsOf(name: FunctionName | WorkerName): Limits {
  return isWorkerName(name) ? WORKERS[name] : FUNCTIONS[name];
}
