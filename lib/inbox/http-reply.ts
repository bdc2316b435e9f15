import type { HttpReply } from '../runtime/http-event';

/** An answer as JSON, for the HTTP access service. */
export function httpReply(
  statusCode: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): HttpReply {
  return {
    isBase64Encoded: false,
    statusCode,
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', ...headers },
    body: JSON.stringify(body),
  };
}
