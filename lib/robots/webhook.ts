import { createHmac } from 'node:crypto';
import type { AlarmTarget, Notice } from '../ops/watch/notice';
import { DeliveryError, TEST } from '../ops/watch/notice';
import type { Clock } from '../values/instant';
import type { PostParts } from './post';
import { post } from './post';

/**
 * A plain webhook, signed according to Standard Webhooks (https://www.standardwebhooks.com), so
 * that receivers can use a library: `webhook-id` (the same for every attempt), `webhook-timestamp`
 * (seconds) and `webhook-signature`: `v1,` and, in base64, HMAC-SHA256 over
 * `<id>.<timestamp>.<body>`. A secret that starts with `whsec_` is base64 after that prefix; any
 * other is used as it is. docs/alarms.md explains how to verify it. Any 2xx means accepted.
 */

/**
 * A webhook's address. The secret is required: without it, anybody who finds the address could send
 * false alarms.
 */
export interface WebhookAddress {
  readonly url: URL;
  readonly secret: string;
}

/** A plain webhook. */
export function webhook(
  name: string,
  { url, secret }: WebhookAddress,
  parts: PostParts & { readonly clock: Clock },
): AlarmTarget {
  const key = keyOf(secret);
  return {
    name,
    async deliver(notice) {
      const body = JSON.stringify(eventOf(notice));
      const timestamp = String(Math.floor(parts.clock.now() / 1000));
      const signature = createHmac('sha256', key)
        .update(`${notice.id}.${timestamp}.${body}`)
        .digest('base64');
      const headers = {
        'webhook-id': notice.id,
        'webhook-timestamp': timestamp,
        'webhook-signature': `v1,${signature}`,
      };
      const { status } = await post(parts, { url, headers, body });
      if (status >= 200 && status < 300) return;
      throw new DeliveryError(status === 429 ? 'rate_limited' : 'http_error', `HTTP ${status}`);
    },
  };
}

function keyOf(secret: string): Buffer {
  const prefix = 'whsec_';
  return secret.startsWith(prefix)
    ? Buffer.from(secret.slice(prefix.length), 'base64')
    : Buffer.from(secret, 'utf8');
}

/** The body. Fields may be added, but never removed or given another meaning. */
function eventOf({ id, at, cause, level, value, threshold, unit, title, text, runbook }: Notice): object {
  return {
    type: cause === TEST ? 'alarm.test' : level === 0 ? 'alarm.over' : 'alarm.on',
    timestamp: new Date(at).toISOString(),
    data: { id, cause, level, value, threshold, unit, title, text, runbook },
  };
}
