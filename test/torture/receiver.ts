import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { isRecord, parseJson } from '../../lib/values/json';

/** The merchant's system: it notes under which keys each order was delivered. */
export interface Receiver {
  readonly url: string;
  /** The keys of each order, and how often it was delivered. */
  readonly delivered: ReadonlyMap<string, { readonly keys: ReadonlySet<string>; readonly calls: number }>;
  readonly close: () => Promise<void>;
}

/** A secret for signing; this receiver does not check it. */
export const RECEIVER_SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

/** Listens on this machine. */
export async function startReceiver(): Promise<Receiver> {
  const delivered = new Map<string, { keys: Set<string>; calls: number }>();
  const note = (body: unknown): void => {
    const data = isRecord(body) ? body['data'] : null;
    if (!isRecord(data) || !isRecord(data['order'])) return;
    const outTradeNo = String(data['order']['outTradeNo']);
    const of = delivered.get(outTradeNo) ?? { keys: new Set<string>(), calls: 0 };
    of.keys.add(String(data['idempotencyKey']));
    of.calls += 1;
    delivered.set(outTradeNo, of);
  };
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      note(parseJson(body));
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new TypeError('the receiver has no port');
  return {
    url: `http://127.0.0.1:${String(address.port)}/fulfil`,
    delivered,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
