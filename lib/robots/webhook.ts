import type { AlarmTarget, Notice } from '../ops/watch/notice';
import { DeliveryError, TEST } from '../ops/watch/notice';
import { signedHeaders, webhookKey } from '../runtime/webhook-signature';
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
  const keys = [webhookKey(secret)];
  return {
    name,
    async deliver(notice) {
      const body = JSON.stringify(eventOf(notice));
      const headers = signedHeaders({ id: notice.id, atMs: parts.clock.now(), body }, keys);
      const { status } = await post(parts, { url, headers, body });
      if (status >= 200 && status < 300) return;
      throw new DeliveryError(status === 429 ? 'rate_limited' : 'http_error', `HTTP ${status}`);
    },
  };
}

/** The body. Fields may be added, but never removed or given another meaning. */
function eventOf({ id, at, cause, level, value, threshold, unit, title, text, runbook }: Notice): object {
  return {
    type: cause === TEST ? 'alarm.test' : level === 0 ? 'alarm.over' : 'alarm.on',
    timestamp: new Date(at).toISOString(),
    data: { id, cause, level, value, threshold, unit, title, text, runbook },
  };
}
