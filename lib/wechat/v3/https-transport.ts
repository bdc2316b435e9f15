import { Agent as PlainAgent, request as requestPlain, type IncomingMessage } from 'node:http';
import { Agent, request as requestTls } from 'node:https';
import { systemTimers, type Timers } from '../../runtime/timers';
import type { V3HttpAnswer, V3HttpRequest, V3Transport } from './transport';

/** Settings of the real transport. */
export interface HttpsTransportSettings {
  /** Timers of the time limits; real ones when absent. */
  readonly timers?: Timers;
  /**
   * True: `http:` is allowed to this machine itself, for a simulated WeChat Pay. Everything else is
   * HTTPS with a verified certificate.
   */
  readonly plainOnLoopback?: boolean;
}

/** The most connections to one host at once. */
const MOST_SOCKETS = 50;

/** An idle connection is closed after this time, in ms: before WeChat Pay's side closes it. */
const IDLE_MS = 20_000;

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]']);

/**
 * HTTPS with connections that are kept open between calls. One exchange is one request: nothing is
 * repeated, no redirect is followed, and the body is passed on as it was received.
 */
export function createHttpsTransport(settings: HttpsTransportSettings = {}): V3Transport {
  const timers = settings.timers ?? systemTimers;
  const kept = { keepAlive: true, maxSockets: MOST_SOCKETS, timeout: IDLE_MS, scheduling: 'lifo' } as const;
  const secure = new Agent({ ...kept, minVersion: 'TLSv1.2' });
  const plain = new PlainAgent(kept);
  return (request) => {
    const url = new URL(request.url);
    const isPlain =
      settings.plainOnLoopback === true && url.protocol === 'http:' && LOOPBACK.has(url.hostname);
    if (url.protocol !== 'https:' && !isPlain) {
      return Promise.resolve({ kind: 'failure', sent: 'no', message: 'only https: is allowed' });
    }
    const options = { method: request.method, headers: request.headers };
    return exchangeOver(timers, request, () =>
      isPlain
        ? requestPlain(url, { ...options, agent: plain })
        : requestTls(url, { ...options, agent: secure }),
    );
  };
}

function exchangeOver(
  timers: Timers,
  { body, timeoutMs, maxBytes }: V3HttpRequest,
  open: () => ReturnType<typeof requestTls>,
): Promise<V3HttpAnswer> {
  return new Promise((resolve) => {
    const sent = open();
    /** The request may have left once there is a connection to write to. */
    let isConnected = sent.reusedSocket;
    const end = (answer: V3HttpAnswer): void => {
      cancel();
      resolve(answer);
    };
    const fail = (message: string): void => {
      end({ kind: 'failure', sent: isConnected ? 'maybe' : 'no', message });
      sent.destroy();
    };
    const cancel = timers.after(timeoutMs, () => {
      fail(isConnected ? `no answer within ${timeoutMs} ms` : `no connection within ${timeoutMs} ms`);
    });
    const broken = (error: Error): void => {
      fail('code' in error ? String(error.code) : error.name);
    };
    sent.on('socket', (socket) => {
      if (!socket.connecting) isConnected = true;
      const connected = (): void => {
        isConnected = true;
      };
      // Over TLS nothing leaves before the handshake is done and the certificate is verified.
      socket.once('encrypted' in socket ? 'secureConnect' : 'connect', connected);
    });
    sent.on('error', broken);
    sent.on('response', (response) => {
      readWhole(response, maxBytes).then(end, broken);
    });
    sent.end(body ?? undefined);
  });
}

/** Rejects with an `Error` that names what is wrong. */
async function readWhole(response: IncomingMessage, maxBytes: number): Promise<V3HttpAnswer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of response) {
    if (!Buffer.isBuffer(piece)) continue;
    pieces.push(piece);
    bytes += piece.length;
    if (bytes > maxBytes) throw new RangeError('the answer is too large');
  }
  const headers = Object.entries(response.headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(', ') : (value ?? ''),
  ]);
  return {
    kind: 'answer',
    status: response.statusCode ?? 0,
    headers: Object.fromEntries<string>(headers.map(([name = '', value = '']) => [name, value])),
    body: Buffer.concat(pieces),
  };
}
