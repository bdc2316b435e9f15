import { isRecord } from '../../values/json';
import { budgetOf } from '../../runtime/budget';
import type { Caller } from '../../model/caller';
import { isClientCall } from '../../model/caller';
import { NOBODY } from '../../model/operators/principal';
import { restsOf } from '../../config/quiet-hours';
import { FUNCTIONS, type FunctionName, type WorkerName } from '../../config/jobs';
import { errorText } from '../../runtime/error-text';
import { isHttpEvent } from '../../runtime/http-event';
import type { CallLimits, FunctionHandler, WorkerHandler } from '../ports';
import { refuseForNow } from '../../runtime/reply';
import { systemClock } from '../../runtime/system-clock';
import { builtConfig } from './built-config';
import { callerOfThisRun } from './environment';
import { functionLog } from './function-log';
import { sendAndWait, sendBeside } from './between-runs';
import { startedBy, type Started } from './started-by';

/** What CloudBase calls: `exports.main`. Its result must be JSON. */
export type Main = (event: unknown, context: unknown) => Promise<object>;

/** What a callback answers after an internal error: any Number but 0 makes WeChat Pay redeliver. */
const INTERNAL_ERRCODE = 50001;

/**
 * A run ends this long before the platform would kill it, in ms, to settle its claims and to
 * answer.
 */
const MARGIN_MS = 1_500;

/**
 * The entry point of a function. `open` runs once per process, at the first event, because the
 * environment's variables are only guaranteed then. If it throws, that event is refused and the
 * next one tries again.
 *
 * Never throws: an error is logged as `function_failed` and answered with the refusal INTERNAL, or
 * to WeChat Pay with a non-zero errcode.
 */
export function cloudFunction(name: FunctionName, open: () => FunctionHandler): Main {
  const handler = once(open);
  return async (event, context) => {
    const caller = callerOf(event);
    // Not in a callback: an ack has the processor to itself.
    if (FUNCTIONS[name].calledBy === 'anybody') sendBeside();
    try {
      return await handler()(event, caller, limitsOf(context));
    } catch (error) {
      functionLog.error('function_failed', { outTradeNo: null, function: name, error: errorText(error) });
      return internalError(name);
    }
  };
}

/** What a function answers after an internal error, in the form its caller reads. */
function internalError(name: FunctionName): object {
  switch (FUNCTIONS[name].calledBy) {
    case 'wechat_pay':
      return { errcode: INTERNAL_ERRCODE, errmsg: 'internal error, please deliver again' };
    case 'wechat_pay_http':
      return {
        isBase64Encoded: false,
        statusCode: 500,
        headers: { 'content-type': 'application/json; charset=utf-8' },
        body: JSON.stringify({ code: 'FAIL', message: 'internal error, please deliver again' }),
      };
    case 'anybody':
      return refuseForNow('INTERNAL', 'something went wrong on our side, please try again');
  }
}

/**
 * The entry point of a worker. Its budget is the function's time limit less a margin, counted from
 * here. `open` as above.
 *
 * Never throws: an error is logged as `worker_failed` and answered as `{ok: false, code, message}`.
 * A timer discards the answer; it serves a person who starts the worker by hand. In quiet hours
 * most runs of a timer only answer. Users of a mini program and callers over HTTP are refused.
 */
export function cloudWorker(name: WorkerName, open: () => WorkerHandler): Main {
  const handler = once(open);
  const rests = restsOf(builtConfig.quietHours, name, builtConfig.timers[name]);
  return async (event, context) => {
    const { source } = callerOfThisRun();
    if (!mayStart(name, source, event)) {
      return { ok: false, code: 'REFUSED', message: `only a timer or the operator may start ${name}` };
    }
    const started = startedBy(event, name === 'processInbox' && builtConfig.inbox.databaseTrigger);
    if (started.by === 'timer' && rests.at(systemClock.now())) return { ok: true, rests: true };
    const limitMs = Math.min(timeLimitMs(name, context), mostMs(name, started));
    const budget = budgetOf(systemClock, limitMs - MARGIN_MS);
    try {
      const report = await handler()(budget, started.by);
      rests.ran({ remainingMs: budget.remaining() });
      return { ok: true, ...report };
    } catch (error) {
      rests.ran('failed');
      functionLog.error('worker_failed', { outTradeNo: null, worker: name, error: errorText(error) });
      return { ok: false, code: 'INTERNAL', message: `${name} broke off; the log says why` };
    } finally {
      await sendAndWait();
    }
  };
}

/**
 * Failure policy: fail closed. A client's call starts `fulfillOrders` alone, only through another
 * function, which appends its mark, and only as a helper: that does what is due, and calls nobody
 * on the client's behalf. The other workers may call WeChat Pay, and such a run has no token.
 */
function mayStart(name: WorkerName, source: string, event: unknown): boolean {
  if (isHttpEvent(event)) return false;
  if (!isClientCall(source)) return true;
  const isCalledByFunction = source.split(',').at(-1)?.trim() === 'scf';
  return name === 'fulfillOrders' && isCalledByFunction && startedBy(event, false).by === 'helper';
}

/**
 * How long a run may take so that no more overlap than have a share of the connections, in ms. A
 * helper ends with the run that started it.
 */
function mostMs(name: WorkerName, started: Started): number {
  const { runSeconds } = builtConfig.shares[name];
  return started.by === 'helper' ? Math.min(started.forMs, runSeconds * 1_000) : runSeconds * 1_000;
}

/**
 * Who calls, read before any await.
 *
 * Failure policy: fail closed. The mark with which the HTTP access service calls a function is not
 * documented, and anybody on the internet may be behind it. Such an event has no authority,
 * whatever its mark says.
 */
function callerOf(event: unknown): Caller {
  const caller = callerOfThisRun();
  return isHttpEvent(event) ? { ...caller, by: NOBODY } : caller;
}

function once<Value>(open: () => Value): () => Value {
  let opened: { readonly value: Value } | null = null;
  return () => {
    opened ??= { value: open() };
    return opened.value;
  };
}

/**
 * How long the platform lets this run go on, in ms. A limit below the one in config.json is logged:
 * the cloud console decides it, and with WeChat's default of 3 s a worker could not start any work.
 */
function timeLimitMs(name: WorkerName, context: unknown): number {
  const wanted = builtConfig.functions[name].timeoutMs;
  const given = limitsOf(context).timeMs;
  if (given === null) return wanted;
  if (given < wanted) {
    functionLog.warn('time_limit_short', {
      outTradeNo: null,
      worker: name,
      limitMs: given,
      wantedMs: wanted,
    });
  }
  return given;
}

/** What the platform's context says of a run. */
function limitsOf(context: unknown): CallLimits {
  const read = (name: string): number | null => {
    const value = isRecord(context) ? context[name] : undefined;
    return typeof value === 'number' && Number.isFinite(value) ? value : null;
  };
  return { timeMs: read('time_limit_in_ms'), memoryMb: read('memory_limit_in_mb') };
}
