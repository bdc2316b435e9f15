import type { HttpBindings } from '@hono/node-server';
import type { Context, MiddlewareHandler } from 'hono';
import { Hono } from 'hono';
import { isFunctionName, isWorkerName } from '../../lib/config/jobs';
import type { Permission, Person } from '../../lib/model/operators/principal';
import { may } from '../../lib/model/operators/principal';
import { errorText } from '../../lib/runtime/error-text';
import type { Log } from '../../lib/runtime/log';
import { refuseForNow } from '../../lib/runtime/reply';
import type { Clock } from '../../lib/values/instant';
import type { Access } from './access';
import { CrowdedError, type ReadAside } from './aside';
import type { SimulatedSystem, System } from '../compose';
import { isSimulated } from '../compose';
import type { ConsolePages } from '../operators/console';
import {
  orderStory,
  demoShop,
  recentOrders,
  replayMessage,
  simulateAbandon,
  simulatedOrder,
  simulateForgery,
  simulatePayment,
} from '../simulated/demo';
import { relayPayApi, showsSecret } from '../simulated/far-simulator';
import { answerLiveness, answerReadiness } from '../health/health';
import type { Answer } from './http';
import { badBody, CROWDED, json, pause, problem, readBody, responseOf } from './http';
import type { Identity } from './identity';
import type { LoginParts } from './login';
import { answerLogin } from './login';
import { answerOps, answerSession } from '../operators/ops';
import { page, PAGE_PATHS } from '../page';
import { simulate, simulatedBill } from '../simulated/simulate';
import { answerSimulatedV3 } from '../simulated/simulated-v3';

/** What answering requests needs. */
export interface RouteParts {
  readonly system: System;
  readonly clock: Clock;
  readonly log: Log;
  readonly access: Access;
  readonly identity: Identity;
  readonly login: LoginParts;
  readonly console: ConsolePages;
  readonly readAside: ReadAside;
}

/** A route's context: Node's own request and, once `operators` let one in, the operator. */
interface Env {
  Bindings: HttpBindings;
  Variables: { operator: Person };
}

type RouteContext = Context<Env>;

/**
 * Every address of the server except the callback's (callback.ts). Callers without access are
 * refused before their body is read. An error is logged and answered as 500 without details.
 */
export function createRoutes(parts: RouteParts): Hono<Env> {
  const app = new Hono<Env>();
  const { system, access } = parts;
  const operators = letIn(access, 'look');
  const askers = letIn(access, 'look', 'NOT_ALLOWED');
  const actors = letIn(access, 'operate');

  app.onError((error, c) => {
    if (error instanceof CrowdedError) return responseOf(CROWDED);
    parts.log.error('function_failed', {
      outTradeNo: null,
      path: c.req.path.slice(0, 100),
      error: errorText(error),
    });
    return responseOf(problem(500, 'INTERNAL', 'something went wrong on our side, please try again'));
  });
  app.notFound(() => responseOf(notFound()));

  /**
   * Binds an address to one method. Other methods are answered 405, after the same access check.
   */
  const bind = (method: 'GET' | 'POST', path: string, guard: RouteGuard, answer: Route): void => {
    app.on(method, path, guard, async (c) => responseOf(await answer(c)));
    app.all(path, guard, () => responseOf(notAllowed(method)));
  };

  bind('GET', '/healthz', anybody, () => answerReadiness(system.readiness));
  bind('GET', '/livez', anybody, () => answerLiveness());
  for (const path of ['/console', '/console/*']) {
    app.all(path, async (c) => responseOf(await parts.console(c.env.incoming, c.req.path)));
  }

  bind('POST', '/functions/login', anybody, (c) =>
    withBody(parts, c, (body) => answerLogin(parts.login, body)),
  );
  bind('POST', '/functions/:name', anybody, (c) => callFunction(parts, c));

  for (const what of ['begin', 'end'] as const) {
    bind('POST', `/ops/session/${what}`, anybody, (c) =>
      withBody(parts, c, (body) => answerSession(access, c.env.incoming, what, body)),
    );
  }
  bind('POST', '/ops/api/:name', askers, (c) =>
    withBody(parts, c, (body) => answerOps(system, c.get('operator'), nameIn(c), body)),
  );

  bind('POST', '/workers/:name', actors, async (c) => {
    const name = nameIn(c);
    if (!isWorkerName(name)) return notFound();
    return json(200, { ok: true, ...(await system.workers.run(name)) });
  });
  bind('GET', '/metrics', operators, async () => ({
    status: 200,
    type: 'text/plain; version=0.0.4; charset=utf-8',
    body: await system.metrics.text(),
  }));

  if (!isSimulated(system)) {
    bind('GET', '/', anybody, () => TO_CONSOLE);
    return app;
  }
  for (const path of PAGE_PATHS) bind('GET', path, anybody, () => page(path) ?? notFound());
  bind('GET', '/demo/shop', operators, () => demoShop(system));
  bind('GET', '/demo/orders', operators, () => recentOrders(system));
  bind('GET', '/demo/orders/:name', operators, (c) => orderStory(system, nameIn(c)));
  bind('POST', '/demo/replay', actors, (c) =>
    withBody(parts, c, (asked) => replayMessage(system, asked, parts.clock.now())),
  );

  const { v3 } = system.simulator;
  // A caller of API v3 proves itself by a signature, and by nothing else.
  if (v3 !== null) app.all('/simulator/v3/*', (c) => answerSimulatedV3(v3, c.env.incoming, parts.readAside));
  bind('GET', '/simulator/orders/:name', operators, (c) => simulatedOrder(system, nameIn(c)));
  bind('GET', '/simulator/bill/:name', operators, (c) => simulatedBill(system, nameIn(c)));
  bind('POST', '/simulator/pay-api', otherServers(system.relaySecret), (c) =>
    withBody(parts, c, (asked) =>
      relayPayApi((name, request) => system.simulator.payApi(name, request), asked),
    ),
  );
  bind('POST', '/simulator/:name', actors, (c) =>
    withBody(parts, c, (asked) => actSimulated(system, nameIn(c), asked)),
  );
  return app;
}

/** Decides whether a request reaches its route. */
type RouteGuard = MiddlewareHandler<Env>;

type Route = (c: RouteContext) => Answer | Promise<Answer>;

const anybody: RouteGuard = (_, next) => next();

/** Lets in operators with a right, before their body is read. */
function letIn(
  access: Access,
  needed: Permission,
  code: 'NOT_ALLOWED' | 'UNAUTHORISED' = 'UNAUTHORISED',
): RouteGuard {
  return async (c, next) => {
    const visitor = access.visitorOf(c.env.incoming);
    if (visitor.kind === 'slowed') return responseOf(pause(visitor.seconds));
    if (visitor.kind === 'nobody') {
      return responseOf(problem(401, code, 'send the operator’s token as Authorization: Bearer …'));
    }
    const { operator } = visitor;
    if (!may(operator, needed)) {
      return responseOf(problem(403, 'READ_ONLY', 'this token may not act'));
    }
    c.set('operator', operator);
    return next();
  };
}

/** Lets in the servers that share this one's database. */
function otherServers(secret: string | null): RouteGuard {
  return async (c, next) =>
    secret !== null && showsSecret(c.env.incoming.headers, secret)
      ? next()
      : responseOf(problem(401, 'UNAUTHORISED', 'only another server on the same database may call this'));
}

/** The last part of an address such as `/workers/:name`; empty where there is none. */
function nameIn(c: RouteContext): string {
  return c.req.param('name') ?? '';
}

/** Reads the body and answers with it; `{}` when there is none. */
async function withBody(
  { readAside }: RouteParts,
  c: RouteContext,
  answer: (body: unknown) => Answer | Promise<Answer>,
): Promise<Answer> {
  const { incoming } = c.env;
  const body = await readAside(incoming, () => readBody(incoming));
  if (body.kind === 'json') return answer(body.value);
  return body.kind === 'empty' ? answer({}) : badBody(body.kind);
}

async function callFunction(parts: RouteParts, c: RouteContext): Promise<Answer> {
  const name = nameIn(c);
  const { system, identity, log } = parts;
  if (!isFunctionName(name)) return notFound();
  const called = identity.callerOf(c.env.incoming);
  if (called.kind === 'slowed') return pause(called.seconds);
  if (called.kind === 'two_payers') {
    return problem(400, 'NO_PAYER', 'X-WX-OPENID came twice, so the payer is unknown');
  }
  return withBody(parts, c, async (event) => {
    try {
      return json(200, await system.functions[name](event, called.caller));
    } catch (error) {
      log.error('function_failed', { outTradeNo: null, function: name, error: errorText(error) });
      return json(200, refuseForNow('INTERNAL', 'something went wrong on our side, please try again'));
    }
  });
}

function actSimulated(system: SimulatedSystem, name: string, asked: unknown): Answer | Promise<Answer> {
  switch (name) {
    case 'pay':
      return simulatePayment(system, asked);
    case 'abandon':
      return simulateAbandon(system, asked);
    case 'forge':
      return simulateForgery(system, asked);
    default:
      return simulate(system, name, asked) ?? notFound();
  }
}

/** With real money there is no demo page. */
const TO_CONSOLE: Answer = {
  status: 308,
  type: 'text/plain; charset=utf-8',
  body: '',
  headers: { location: '/console/' },
};

function notFound(): Answer {
  return problem(404, 'NOT_FOUND', 'there is nothing at this address');
}

function notAllowed(allow: string): Answer {
  return { ...problem(405, 'METHOD_NOT_ALLOWED', `use ${allow}`), headers: { allow } };
}
