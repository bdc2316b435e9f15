import type { PayerId } from '../values/ids';

/** Who called a function, by the platform's word; never taken from the event. */
export interface Caller {
  /** The OPENID of the mini program's user, or null when there is none (timers, WeChat Pay, other servers). */
  readonly payer: PayerId | null;
  /** The platform's mark of where the call came from (`TCB_SOURCE` / `X-WX-SOURCE`), empty when it set none. */
  readonly source: string;
  /** The caller's IP address, or `127.0.0.1` when the platform told none. */
  readonly ip: string;
}
