import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { errorText } from '../../lib/runtime/error-text';
import { isRecord } from '../../lib/values/json';
import type { V3Transport } from '../../lib/wechat/v3/transport';
import type { PayApiAnswer } from '../../simulator/api-answer';
import type { PayApi } from '../../simulator/pay-api';
import type { Answer } from '../door/http';
import { json, problem } from '../door/http';

/** The simulated WeChat Pay as a server reaches it that does not play it. */
export interface FarSimulator {
  readonly payApi: PayApi;
  readonly transport: V3Transport;
}

/** How long a call may take, in ms. */
const CALL_MS = 10_000;

const relayed = z.object({ contentType: z.string(), body: z.base64() });

/** Where another server plays WeChat Pay, and the secret with which it lets this one in. */
export interface RelayAddress {
  readonly url: string;
  readonly secret: string;
}

/** The header that carries the secret. */
const SECRET_HEADER = 'x-simulation-secret';

/** Makes the secret of a server that plays WeChat Pay: a new one with each start. */
export function newRelaySecret(): string {
  return randomBytes(32).toString('hex');
}

/** Whether a request shows the secret. */
export function showsSecret(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  secret: string,
): boolean {
  const shown = headers[SECRET_HEADER];
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return typeof shown === 'string' && timingSafeEqual(digest(shown), digest(secret));
}

/**
 * Reaches the WeChat Pay that another server of this machine simulates. `addressOf` answers where
 * that server is, or null while none is known. The secret comes from the shared store, so the
 * servers need no token in common.
 *
 * Failure policy: fail open. While that server is gone, WeChat Pay is out of reach, as it is when
 * its own hosts are: everything waits and goes on afterwards.
 */
export function farSimulator(addressOf: () => Promise<RelayAddress | null>): FarSimulator {
  const address = async (): Promise<RelayAddress> => {
    const found = await addressOf();
    if (found === null) throw new Error('no server plays WeChat Pay');
    return found;
  };
  return {
    payApi: async (apiName, request) => {
      const { url, secret } = await address();
      const response = await fetch(`${url}/simulator/pay-api`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', [SECRET_HEADER]: secret },
        body: JSON.stringify({ apiName, request }),
        signal: AbortSignal.timeout(CALL_MS),
      });
      const answer: unknown = await response.json();
      if (!response.ok) throw new Error(`the simulated WeChat Pay answered ${response.status}`);
      const { contentType, body } = relayed.parse(answer);
      return { contentType, body: Buffer.from(body, 'base64') };
    },
    transport: async ({ method, url, headers, body, timeoutMs, maxBytes }) => {
      const { pathname, search } = new URL(url);
      try {
        const response = await fetch(`${(await address()).url}${pathname}${search}`, {
          method,
          headers,
          body: body === null ? null : new Uint8Array(body),
          redirect: 'manual',
          signal: AbortSignal.timeout(timeoutMs),
        });
        const bytes = Buffer.from(await response.arrayBuffer());
        return bytes.length > maxBytes
          ? { kind: 'failure', sent: 'maybe', message: `the answer is longer than ${maxBytes} bytes` }
          : {
              kind: 'answer',
              status: response.status,
              headers: Object.fromEntries(response.headers),
              body: bytes,
            };
      } catch (error) {
        return { kind: 'failure', sent: 'maybe', message: errorText(error) };
      }
    },
  };
}

/** Plays the pay gateway for another server: `{apiName, request}`. */
export async function relayPayApi(payApi: PayApi, asked: unknown): Promise<Answer> {
  if (!isRecord(asked) || typeof asked['apiName'] !== 'string' || !isRecord(asked['request'])) {
    return problem(400, 'BAD_INPUT', 'send {apiName, request}');
  }
  let answer: PayApiAnswer;
  try {
    answer = await payApi(asked['apiName'], asked['request']);
  } catch (error) {
    return problem(504, 'ANSWER_LOST', errorText(error));
  }
  const body = Buffer.from(answer.body).toString('base64');
  return json(200, { contentType: answer.contentType, body });
}
