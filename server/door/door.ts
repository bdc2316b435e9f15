import { getRequestListener } from '@hono/node-server';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Admission, LaneName } from './admission';
import type { Arrivals } from './arrivals';
import { openPlaces } from './aside';
import type { CallbackTimes } from './callback';
import { answerCallback } from './callback';
import { CALLBACK_PATHS, callbackAt } from './callback-address';
import type { Answer } from './http';
import { CROWDED, problem, send } from './http';
import { isFromThisMachine } from './own-page';
import type { RouteParts } from './routes';
import { createRoutes } from './routes';

/** The server's entry. */
export interface Door {
  readonly listener: RequestListener;
  /** All addresses; `:name` and `*` stand for any text. */
  readonly addresses: readonly string[];
}

/** What the entry needs in addition to the routes. */
export interface DoorParts extends Omit<RouteParts, 'readAside'> {
  readonly arrivals: Arrivals;
  readonly admission: Admission;
  /** True if it started without a token: then other machines are refused at every address. */
  readonly thisMachineOnly: boolean;
}

/** Frequent, cheap requests that must be answered while everything else waits. */
const PROBES: ReadonlySet<string> = new Set(['/healthz', '/livez']);

/**
 * Every request passes here. WeChat Pay's notifications go straight to their function; everything
 * else yields to them and goes to the router. No error thrown behind it reaches Node.
 */
export function openDoor(parts: DoorParts): Door {
  const { arrivals, admission, thisMachineOnly } = parts;
  const places = openPlaces(admission);
  const routes = createRoutes({ ...parts, readAside: places.readAside });
  const route = getRequestListener(routes.fetch, { overrideGlobalObjects: false });

  const answerInTurn = async (request: IncomingMessage, response: ServerResponse, path: string) => {
    const end = await places.within(request, laneOf(path), async () => {
      if (!response.destroyed) await route(request, response);
    });
    if (end === 'crowded') send(response, CROWDED);
  };

  const listener: RequestListener = (request, response) => {
    const came = arrivals.arrival();
    const [path = '/'] = (request.url ?? '/').split('?');
    if (thisMachineOnly && !isFromThisMachine(request)) {
      send(response, ELSEWHERE);
      return;
    }
    const callback = callbackAt(path);
    if (callback !== null) {
      let answered: (() => void) | null = null;
      const times: CallbackTimes = {
        waitedMs: () => arrivals.waitedMs(came),
        // A body that is still on its way is no notification yet: others need not wait for it.
        onRead: () => {
          answered = admission.notification();
        },
      };
      void answerCallback(parts, request, callback, times).then((answer) => {
        send(response, answer);
        answered?.();
      });
      return;
    }
    const answered = PROBES.has(path) ? route(request, response) : answerInTurn(request, response, path);
    answered.catch(() => response.destroy());
  };
  const addresses = new Set([...CALLBACK_PATHS, ...routes.routes.map(({ path }) => path)]);
  return { listener, addresses: [...addresses] };
}

/** The body is not read, so the connection cannot be reused. */
const ELSEWHERE: Answer = {
  ...problem(
    401,
    'UNAUTHORISED',
    'without OPS_TOKEN this server answers only this machine, as 127.0.0.1 or localhost, and its own pages',
  ),
  headers: { connection: 'close' },
};

function laneOf(path: string): LaneName {
  return path.startsWith('/functions/') ? 'payer' : 'operator';
}
