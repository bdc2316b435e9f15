import { Agent, request as httpRequest } from 'node:http';
import { gatewayFailure } from '../cloudpay/gateway-errors';
import type { TransportResult } from '../cloudpay/transport';
import { CLOUD_RUN_PATHS, type CloudRunTransport } from './transport';

/** Where calls go and how long one may take. */
export interface HttpTransportSettings {
  /** The service's address; by default the only one that exists inside a container. */
  readonly baseUrl?: string;
  /** Deadline of one call in ms, whatever trickles in meanwhile. */
  readonly timeoutMs: number;
  /** The same for a bill, which may be large; `timeoutMs` when absent. */
  readonly billTimeoutMs?: number;
}

/** A bill of a busy day is some 100 MB; more than this is no answer. */
const MOST_BYTES = 1024 * 1024 * 1024;

/** An idle connection is closed after this time, in ms: before the platform's side closes it. */
const IDLE_MS = 20_000;

/** The header by which the cloud link marks its answers. */
const LINK_MARK = 'x-openapi-seqid';

/**
 * Calls the open-interface service over HTTP, which works only inside a container of WeChat Cloud
 * Run with that service switched on. There the platform carries the request; nothing is signed.
 *
 * Failure policy: fail closed. An answer without the platform's mark came over the open internet,
 * where anybody can have written it: it is `unverified`, and nothing is concluded from it.
 *
 * Never rejects. A call that exceeds its deadline may still take effect; hence `transport`.
 */
export function createHttpTransport(settings: HttpTransportSettings): CloudRunTransport {
  const { baseUrl = 'http://api.weixin.qq.com', timeoutMs, billTimeoutMs = timeoutMs } = settings;
  const agent = new Agent({ keepAlive: true, maxSockets: 50, timeout: IDLE_MS, scheduling: 'lifo' });
  return (path, body) =>
    new Promise<TransportResult>((resolve) => {
      const failed = (kind: 'transport' | 'gateway' | 'unverified', message: string) => {
        clearTimeout(deadline);
        resolve({ kind: 'failure', failure: { kind, message } });
      };
      const headers = {
        // Anything else is answered with a redirect, an error or nothing.
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      };
      const sent = httpRequest(new URL(path, baseUrl), { method: 'POST', agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > MOST_BYTES) sent.destroy(new Error('the answer is too large'));
          else chunks.push(chunk);
        });
        response.on('error', (error) => failed('transport', error.message));
        response.on('aborted', () => failed('transport', 'the answer broke off'));
        response.on('end', () => {
          if (!response.complete) {
            failed('transport', 'the answer broke off');
            return;
          }
          if (response.headers[LINK_MARK] === undefined) {
            const fix = 'switch on the open-interface service of Cloud Run, then deploy again';
            failed('unverified', `HTTP ${response.statusCode ?? 0} without ${LINK_MARK}: ${fix}`);
            return;
          }
          if (response.statusCode !== 200) {
            clearTimeout(deadline);
            const failure = gatewayFailure(String(response.statusCode), 'HTTP status');
            resolve({ kind: 'failure', failure });
            return;
          }
          clearTimeout(deadline);
          resolve({ kind: 'body', bytes: Buffer.concat(chunks) });
        });
      });
      const limitMs = path === CLOUD_RUN_PATHS.downloadBill ? billTimeoutMs : timeoutMs;
      const deadline = setTimeout(() => {
        sent.destroy(new Error(`no answer within ${limitMs} ms`));
      }, limitMs);
      sent.on('error', (error) => failed('transport', error.message));
      sent.end(body);
    });
}
