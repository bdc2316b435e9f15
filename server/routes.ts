import type { IncomingMessage } from 'node:http';
import { CALLBACK_ERRCODE } from '../lib/inbox/receive';
import { errorText } from '../lib/runtime/error-text';
import type { Log } from '../lib/runtime/log';
import { refuseForNow } from '../lib/runtime/reply';
import type { Clock } from '../lib/values/instant';
import type { Access } from './access';
import type { System } from './compose';
import type { ConsolePages } from './console';
import { isFunctionName } from './compose';
import {
  orderStory,
  recentOrders,
  replayMessage,
  simulateAbandon,
  simulatedOrder,
  simulateForgery,
  simulatePayment,
} from './demo';
import { answerLiveness, answerReadiness } from './health';
import type { Answer, Body } from './http';
import { badBody, json, problem, readBody } from './http';
import { callerOf } from './identity';
import { answerOps } from './ops';
import { page } from './page';
import { simulate, simulatedBill } from './simulate';
import { isWorkerName } from './workers';

/** What answering requests needs. */
export interface RouteParts {
  readonly system: System;
  readonly clock: Clock;
  readonly log: Log;
  readonly access: Access;
  readonly console: ConsolePages;
}

/** Answers one request. Never rejects: what breaks is logged and answered as 500 without its inside. */
export async function answer(parts: RouteParts, request: IncomingMessage): Promise<Answer> {
  try {
    return await route(parts, request);
  } catch (error) {
    parts.log.error('function_failed', {
      outTradeNo: null,
      path: pathOf(request).slice(0, 100),
      error: errorText(error),
    });
    return problem(500, 'INTERNAL', 'something went wrong on our side, please try again');
  }
}

async function route(parts: RouteParts, request: IncomingMessage): Promise<Answer> {
  const [, area = '', name = '', rest = ''] = pathOf(request).split('/');
  const method = request.method ?? '';
  switch (area) {
    case 'callback':
      if ((name !== 'pay' && name !== 'refund') || rest !== '') return notFound();
      return method === 'POST'
        ? callback(parts, request, name === 'pay' ? 'payCallback' : 'refundCallback')
        : notAllowed('POST');
    case 'functions':
      return method === 'POST' ? callFunction(parts, request, name) : notAllowed('POST');
    case 'healthz':
      return method === 'GET' ? answerReadiness(parts.system.readiness) : notAllowed('GET');
    case 'livez':
      return method === 'GET' ? answerLiveness() : notAllowed('GET');
    case 'workers':
    case 'metrics':
    case 'simulator':
    case 'demo':
      return operate(parts, request, area, name, rest);
    case 'console':
      return parts.console(request, pathOf(request));
    case 'ops':
      return method === 'POST' ? answerOps(parts, request, name, rest) : notAllowed('POST');
    default: {
      const found = page(pathOf(request));
      if (found === null) return notFound();
      return method === 'GET' ? found : notAllowed('GET');
    }
  }
}

async function operate(
  parts: RouteParts,
  request: IncomingMessage,
  area: string,
  name: string,
  rest: string,
): Promise<Answer> {
  const operator = parts.access.operatorOf(request);
  if (operator === null) {
    return problem(401, 'UNAUTHORISED', 'send the operator’s token as Authorization: Bearer …');
  }
  if (request.method !== 'POST') return look(parts, request.method ?? '', area, name, rest);
  if (operator.role !== 'act') return problem(403, 'READ_ONLY', 'this token may look, not act');
  return act(parts, request, area, name);
}

/** Only 200 and 0 end WeChat Pay's repeats. What can never be read is told apart from what was declined. */
const CALLBACK_STATUS: ReadonlyMap<unknown, number> = new Map([
  [CALLBACK_ERRCODE.UNREADABLE, 400],
  [CALLBACK_ERRCODE.TOO_LARGE, 413],
]);

async function callback(
  parts: RouteParts,
  request: IncomingMessage,
  name: 'payCallback' | 'refundCallback',
): Promise<Answer> {
  const body = await readBody(request);
  if (body.kind !== 'json') return unreadable(parts, body.kind);
  const reply = await parts.system.functions[name](body.value, callerOf(request, ''));
  const errcode = 'errcode' in reply ? reply.errcode : undefined;
  return json(CALLBACK_STATUS.get(errcode) ?? 200, reply);
}

function unreadable(parts: RouteParts, kind: Exclude<Body['kind'], 'json'>): Answer {
  const large = kind === 'too_large';
  parts.system.metrics.notified(large ? 'too_large' : 'unreadable');
  return large
    ? json(
        413,
        { errcode: CALLBACK_ERRCODE.TOO_LARGE, errmsg: 'the notification is too large' },
        { connection: 'close' },
      )
    : json(400, { errcode: CALLBACK_ERRCODE.UNREADABLE, errmsg: 'the notification is not JSON' });
}

async function callFunction(parts: RouteParts, request: IncomingMessage, name: string): Promise<Answer> {
  if (!isFunctionName(name, parts.system)) return notFound();
  const body = await readBody(request);
  if (body.kind !== 'json' && body.kind !== 'empty') return badBody(body.kind);
  const event = body.kind === 'json' ? body.value : {};
  const called = callerOf(request, 'wx_client');
  const caller = { ...called, authority: parts.access.authorityOf(request, called, parts.system.config.ops) };
  try {
    return json(200, await parts.system.functions[name](event, caller));
  } catch (error) {
    parts.log.error('function_failed', { outTradeNo: null, function: name, error: errorText(error) });
    return json(200, refuseForNow('INTERNAL', 'something went wrong on our side, please try again'));
  }
}

async function act(parts: RouteParts, request: IncomingMessage, area: string, name: string): Promise<Answer> {
  const body = await readBody(request);
  if (body.kind !== 'json' && body.kind !== 'empty') return badBody(body.kind);
  const wish = body.kind === 'json' ? body.value : {};
  const { system } = parts;
  if (area === 'workers') {
    if (!isWorkerName(name, system.config)) return notFound();
    return json(200, { ok: true, ...(await system.workers.run(name)) });
  }
  switch (`${area}/${name}`) {
    case 'simulator/pay':
      return simulatePayment(system, wish);
    case 'simulator/abandon':
      return simulateAbandon(system, wish);
    case 'simulator/forge':
      return simulateForgery(system, wish);
    case 'demo/replay':
      return replayMessage(system, wish, parts.clock.now());
    default:
      return (area === 'simulator' ? simulate(system, name, wish) : null) ?? notFound();
  }
}

async function look(
  parts: RouteParts,
  method: string,
  area: string,
  name: string,
  rest: string,
): Promise<Answer> {
  if (method !== 'GET') return notAllowed('GET, POST');
  const { system } = parts;
  if (area === 'metrics' && name === '') {
    return {
      status: 200,
      type: 'text/plain; version=0.0.4; charset=utf-8',
      body: await system.metrics.text(),
    };
  }
  if (area === 'simulator' && name === 'orders') return simulatedOrder(system, rest);
  if (area === 'simulator' && name === 'bill') return simulatedBill(system, rest);
  if (area === 'demo' && name === 'orders')
    return rest === '' ? recentOrders(system) : orderStory(system, rest);
  return notFound();
}

function pathOf(request: IncomingMessage): string {
  const [path = '/'] = (request.url ?? '/').split('?');
  return path;
}

function notFound(): Answer {
  return problem(404, 'NOT_FOUND', 'there is nothing at this address');
}

function notAllowed(allow: string): Answer {
  return { ...problem(405, 'METHOD_NOT_ALLOWED', `use ${allow}`), headers: { allow } };
}
