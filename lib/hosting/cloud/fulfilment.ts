import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRecord, parseJson } from '../../values/json';
import type { Webhook } from '../../webhook/webhook';
import { openWebhook } from '../../webhook/webhook';
import type { QuietPorts } from '../ports';

/** The file beside the bundle of a function that calls the merchant's system. */
export const WEBHOOK_SECRETS_FILE = 'fulfilment-secrets.json';

/**
 * The merchant's own system, with the secrets that the build put beside the bundle; null when none
 * is configured. Makes no request. Throws when the file is missing or not as the build writes it;
 * the error holds no part of a secret.
 */
export function openCloudWebhook(ports: QuietPorts): Webhook | null {
  const { webhook, timeoutMs } = ports.config.fulfilment;
  if (webhook === null) return null;
  const written = parseJson(readFileSync(join(__dirname, WEBHOOK_SECRETS_FILE), 'utf8'));
  const secrets = isRecord(written) ? written['secrets'] : null;
  if (!Array.isArray(secrets) || !secrets.every((one) => typeof one === 'string') || secrets.length === 0) {
    throw new Error(`${WEBHOOK_SECRETS_FILE} has no secrets: build again`);
  }
  return openWebhook({ ...webhook, timeoutMs, secrets }, ports);
}
