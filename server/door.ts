import { getRequestListener } from '@hono/node-server';
import type { RequestListener } from 'node:http';
import { answerCallback, CALLBACK_PATHS, isCallbackPath } from './callback';
import { send } from './http';
import type { RouteParts } from './routes';
import { createRoutes } from './routes';

/** The way into the server. */
export interface Door {
  readonly listener: RequestListener;
  /** Every address there is, `:name` and `*` where anything may stand. */
  readonly addresses: readonly string[];
}

/**
 * Everything that comes in passes here: WeChat Pay's notifications go straight to their function, all else to the router. Nothing thrown
 * behind it reaches Node.
 */
export function openDoor(parts: RouteParts): Door {
  const routes = createRoutes(parts);
  const route = getRequestListener(routes.fetch, { overrideGlobalObjects: false });
  const listener: RequestListener = (request, response) => {
    const [path = '/'] = (request.url ?? '/').split('?');
    if (!isCallbackPath(path)) {
      void route(request, response);
      return;
    }
    void answerCallback(parts, request, path).then((answer) => {
      send(response, answer);
    });
  };
  const addresses = new Set([...CALLBACK_PATHS, ...routes.routes.map(({ path }) => path)]);
  return { listener, addresses: [...addresses] };
}
