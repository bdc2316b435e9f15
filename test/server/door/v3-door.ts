import { createServer, request } from 'node:http';
import { parseJson } from '../../../lib/values/json';
import { v3Signers, type V3Signer } from '../../../lib/inbox/v3/receive-v3';
import type { InboxMessage } from '../../../lib/model/message';
import { systemTimers } from '../../../lib/runtime/timers';
import { answerCallback } from '../../../server/door/callback';
import { callbackAt } from '../../../server/door/callback-address';
import { send } from '../../../server/door/http';
import { openIntake } from '../../../server/door/intake';
import { onStage, type Stage } from '../../inbox/stage';
import { config, KEYS, MCH, OTHER_KEYS } from './v3-notifications';

const AT_ONCE = { waitedMs: () => 0, onRead: () => undefined };

/** Headers to send; a list is sent as that many header lines. */
export type SentHeaders = Readonly<Record<string, string | readonly string[]>>;

/** The callbacks of a shop, served over HTTP, and what stands behind them. */
export interface Door {
  /** Sends one notification to a path. */
  readonly post: (
    path: string,
    body: string | Buffer,
    headers?: SentHeaders,
  ) => Promise<{ readonly status: number; readonly body: unknown }>;
  /** All that was kept. */
  readonly messages: () => Promise<readonly InboxMessage[]>;
  /** How notifications were counted. */
  readonly counted: readonly string[];
  /** The store, clock and log of the shop, and the WeChat Pay that it asks. */
  readonly stage: Stage;
}

/** The two numbers of API v3 that sign, with their keys. */
const SIGNERS = v3Signers(config.merchants, (signer) => ({
  keys: () => (signer === MCH ? KEYS : OTHER_KEYS),
}));

/** Serves the callbacks of a shop with two merchants on API v3, and one on Cloud Run. */
export function atTheDoor(
  run: (door: Door) => Promise<void>,
  {
    signers = () => SIGNERS,
    publicAccess = config.server.publicAccess,
  }: { readonly signers?: (stage: Stage) => readonly V3Signer[]; readonly publicAccess?: boolean } = {},
): () => Promise<void> {
  return () =>
    onStage(async (stage) => {
      const { store, log } = stage;
      const { clock } = stage.deps;
      const counted: string[] = [];
      const intake = openIntake({
        ports: { store, clock, timers: systemTimers, log, config },
        readiness: { refuseLostFiles: () => undefined, doubt: () => undefined },
        metrics: { notified: (result) => counted.push(result), answered: () => undefined },
        signers: signers(stage),
        stored: () => undefined,
      });
      const system = {
        receive: intake.receive,
        receiveV3: intake.receiveV3,
        config: { ...config, server: { ...config.server, publicAccess } },
        metrics: { notified: (result: string) => counted.push(result) },
      };
      const identity = { sourceOf: () => '' };
      const server = createServer((received, response) => {
        const address = callbackAt(received.url ?? '/');
        if (address === null) {
          response.writeHead(404).end();
          return;
        }
        void answerCallback({ system, log, identity }, received, address, AT_ONCE).then((answer) => {
          send(response, answer);
        });
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('the server has no port');
      try {
        await run({ post: postTo(address.port), messages: () => kept(stage), counted, stage });
      } finally {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    });
}

/** Posts with headers that `fetch` would join. */
function postTo(port: number): Door['post'] {
  return (path, body, headers = {}) =>
    new Promise((resolve, reject) => {
      const sent = request(
        {
          ...{ host: '127.0.0.1', port, path, method: 'POST', agent: false },
          headers: Object.fromEntries(
            Object.entries(headers).map(([name, value]) => [
              name,
              typeof value === 'string' ? value : [...value],
            ]),
          ),
        },
        (response) => {
          response.setEncoding('utf8');
          let text = '';
          response.on('data', (part: string) => (text += part));
          response.on('end', () => {
            resolve({ status: response.statusCode ?? 0, body: parseJson(text) });
          });
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
}

async function kept({ store }: Stage): Promise<readonly InboxMessage[]> {
  const pages = await Promise.all(
    (['pending', 'done', 'dead'] as const).map((state) =>
      store.inbox.list({ state, after: null, limit: 100 }),
    ),
  );
  const found = await Promise.all(
    pages.flatMap(({ items }) => items.map(({ key }) => store.inbox.find(key))),
  );
  return found.filter((one) => one !== null);
}
