import type { OpsRefusalCode } from './api';

/** A request that is declined. */
export interface Refused {
  readonly ok: false;
  readonly code: OpsRefusalCode;
  readonly message: string;
}

/** Declines a request. `message` says what to do. */
export function refused(code: OpsRefusalCode, message: string): Refused {
  return { ok: false, code, message };
}
