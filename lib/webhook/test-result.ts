import type { FulfilmentCall } from '../model/fulfilment-call';

/** What may be wrong with the merchant's own system, as a test call shows it. */
export const WEBHOOK_PROBLEMS = [
  'unreachable',
  'timeout',
  'certificate',
  'redirect',
  'unauthorized',
  'no_such_address',
  'overloaded',
  'failing',
  'unreadable',
  'refused',
] as const;

/** One of `WEBHOOK_PROBLEMS`. */
export type WebhookProblem = (typeof WEBHOOK_PROBLEMS)[number];

/** What a test call came to. */
export interface WebhookTest extends Omit<FulfilmentCall, 'at'> {
  /** Its `webhook-id`, by which the receiver's log shows it. */
  readonly id: string;
  /** The host that was called: never the whole address. */
  readonly host: string;
  /** Null: the system takes our calls. */
  readonly problem: WebhookProblem | null;
}

/** Statuses with which receivers refuse a call whose signature they do not accept. */
const REFUSING: ReadonlySet<number> = new Set([400, 401, 403, 422]);

/** What is wrong with a system that answered so; null: it takes our calls. Pure. */
export function problemOf({
  status,
  said,
  result,
}: Pick<FulfilmentCall, 'status' | 'said' | 'result'>): WebhookProblem | null {
  if (status === null) return unansweredOf(said);
  if (result === 'fulfilled') return null;
  if (status < 300) return result === 'unavailable' ? 'unreadable' : 'refused';
  if (status < 400) return 'redirect';
  if (REFUSING.has(status) && result === 'unavailable') return 'unauthorized';
  if (status === 404 || status === 405 || status === 410) return 'no_such_address';
  if (status === 429 || status === 503) return 'overloaded';
  return status >= 500 ? 'failing' : 'refused';
}

function unansweredOf(code: string): WebhookProblem {
  if (code === 'timeout') return 'timeout';
  return /CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO/.test(code) ? 'certificate' : 'unreachable';
}
