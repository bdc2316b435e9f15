import type { IncomingHttpHeaders, Server } from 'node:http';

/** The body, if it was signed with the secret within the last five minutes; otherwise null. */
export function verified(
  headers: IncomingHttpHeaders,
  body: string,
  secret: string,
  nowMs?: number,
): Record<string, unknown> | null;

/** A server that answers calls. */
export function receiver(
  secret: string,
  fulfil: (order: { readonly outTradeNo: string }, key: string) => string | Promise<string>,
): Server;
