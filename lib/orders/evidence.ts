import type { OpenRefund } from '../model/message';
import type { Inbox } from '../store/port';
import type { OutTradeNo } from '../values/ids';

/**
 * How many reads are under way at the same time: one that hangs keeps no order waiting for long.
 */
const AT_A_TIME = 3;

/** The most orders of one read. */
const MOST = 100;

interface Wanted {
  readonly outTradeNo: OutTradeNo;
  readonly resolve: (open: readonly OpenRefund[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Reads the refund messages that speak against fulfilling an order. Orders that lanes begin at
 * about the same time share a request, which starts after each of them asked. The answer has those
 * of the others too. Rejects with a `StoreError`, for all orders of that request.
 *
 * CloudBase: 1 request for an order, less when many begin.
 */
export function evidenceReader(
  inbox: Pick<Inbox, 'openRefunds'>,
): (outTradeNo: OutTradeNo) => Promise<readonly OpenRefund[]> {
  const queue: Wanted[] = [];
  let running = 0;
  const read = async (): Promise<void> => {
    const wanted = queue.splice(0, MOST);
    if (wanted.length === 0) return;
    running += 1;
    try {
      const open = await inbox.openRefunds(wanted.map(({ outTradeNo }) => outTradeNo));
      for (const { resolve } of wanted) resolve(open);
    } catch (error) {
      for (const { reject } of wanted) reject(error);
    } finally {
      running -= 1;
      if (queue.length > 0) void read();
    }
  };
  return (outTradeNo) =>
    new Promise((resolve, reject) => {
      queue.push({ outTradeNo, resolve, reject });
      // After this turn, so that lanes that start together ask together.
      if (running < AT_A_TIME) queueMicrotask(() => void read());
    });
}
