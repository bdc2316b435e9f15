import { createHmac } from 'node:crypto';

/*
 * The signature of Standard Webhooks (https://www.standardwebhooks.com), so that receivers can use
 * a library.
 */

/** What a webhook's signing secret starts with when the rest of it is base64. */
const PREFIX = 'whsec_';

/** The bytes of a secret: base64 after `whsec_`; any other text as it is. */
export function webhookKey(secret: string): Buffer {
  return secret.startsWith(PREFIX)
    ? Buffer.from(secret.slice(PREFIX.length), 'base64')
    : Buffer.from(secret, 'utf8');
}

/** True for `whsec_` and, in base64, the 24 to 64 bytes that Standard Webhooks asks for. */
export function isWebhookSecret(text: string): boolean {
  if (!/^whsec_(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) return false;
  const { length } = webhookKey(text);
  return length >= 24 && length <= 64;
}

/**
 * The headers of one message: `webhook-id`, the same for every attempt, `webhook-timestamp` in
 * seconds, and `webhook-signature` with one `v1,<base64>` for each key: HMAC-SHA256 over
 * `<id>.<timestamp>.<body>`. With two keys receivers of either secret accept it.
 */
export function signedHeaders(
  { id, atMs, body }: { readonly id: string; readonly atMs: number; readonly body: string },
  keys: readonly Buffer[],
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(atMs / 1000));
  const signatures = keys.map((key) => {
    const digest = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
    return `v1,${digest}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}
