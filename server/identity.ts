import type { IncomingMessage } from 'node:http';
import type { Caller } from '../lib/runtime/caller';
import { isPayerId } from '../lib/values/ids';

/**
 * Who calls, from the headers WeChat Cloud Run sets (`X-WX-OPENID`, `X-WX-SOURCE`). `absent` is the mark of a call that
 * carries none: a mini program's for functions, nobody's for callbacks.
 *
 * Failure policy: fail closed. A header that comes twice is joined, and a joined mark is never exactly the platform's; an
 * OPENID that comes twice is none.
 */
export function callerOf(request: IncomingMessage, absent: string): Caller {
  const marks = request.headersDistinct['x-wx-source'] ?? [];
  const payers = request.headersDistinct['x-wx-openid'] ?? [];
  const [payer] = payers;
  return {
    payer: payers.length === 1 && isPayerId(payer) ? payer : null,
    source: marks.length === 0 ? absent : marks.join(','),
    // Whoever reaches this port can set a header: only the operator's token gives authority.
    authority: 'none',
    ip: request.socket.remoteAddress ?? '127.0.0.1',
  };
}
