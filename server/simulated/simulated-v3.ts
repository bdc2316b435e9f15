import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { IncomingMessage } from 'node:http';
import { errorText } from '../../lib/runtime/error-text';
import type { V3Transport } from '../../lib/wechat/v3/transport';
import { SimulatorError } from '../../simulator/simulator-error';
import type { SimulatorV3 } from '../../simulator/v3/simulator-v3';
import type { ReadAside } from '../door/aside';
import { badBody, readBytes, responseOf } from '../door/http';

/** Base addresses of the simulated API v3 for our own adapter: the first host, the backup. */
export const SIMULATED_HOSTS = [
  'http://simulator.local/simulator',
  'http://simulator-backup.local/simulator',
] as const;

/**
 * Reaches the simulated API v3 within this process: no port is needed, and every byte is what would
 * have been sent.
 */
export function simulatedTransport(v3: SimulatorV3): V3Transport {
  return async ({ method, url, headers, body, maxBytes }) => {
    const { host, pathname, search } = new URL(url);
    try {
      const answer = await v3.handle({
        method,
        path: pathname + search,
        headers: { ...lowerCased(headers), host },
        body: body ?? Buffer.alloc(0),
      });
      return answer.body.length > maxBytes
        ? { kind: 'failure', sent: 'maybe', message: `the answer is longer than ${maxBytes} bytes` }
        : { kind: 'answer', ...answer };
    } catch (error) {
      const isDown = error instanceof SimulatorError && error.code === 'host_down';
      return { kind: 'failure', sent: isDown ? 'no' : 'maybe', message: errorText(error) };
    }
  };
}

/**
 * Answers a request under `/simulator/v3/`, whatever its method, with its raw body. A host that is
 * down, or an answer that is lost, ends the connection without a word.
 */
export async function answerSimulatedV3(
  v3: SimulatorV3,
  request: IncomingMessage,
  readAside: ReadAside,
): Promise<Response> {
  const read = await readAside(request, () => readBytes(request));
  if (read.kind !== 'bytes') return responseOf(badBody(read.kind));
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (typeof value === 'string') headers[name] = value;
  }
  try {
    const answer = await v3.handle({
      method: request.method ?? 'GET',
      path: request.url ?? '/',
      headers,
      body: read.bytes,
    });
    const body = answer.body.length === 0 ? null : new Uint8Array(answer.body);
    return new Response(body, { status: answer.status, headers: answer.headers });
  } catch (error) {
    if (!(error instanceof SimulatorError)) throw error;
    request.socket.destroy();
    return RESPONSE_ALREADY_SENT;
  }
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
