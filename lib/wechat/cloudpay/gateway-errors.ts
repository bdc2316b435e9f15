import { readableText } from '../readable-text';
import type { TransportFailure } from './transport';

/** Both spellings of "too many requests": the gateway's words and the numbers in older answers. */
const RATE_LIMITS: ReadonlySet<string> = new Set([
  'EXCEED_REQUEST_LIMIT',
  'EXCEED_CONCURRENT_REQUEST_LIMIT',
  'EXCEED_RATELIMIT',
  '-501003',
  '-501004',
  '45009',
  '45011',
  '429',
]);

/** The platform's own time-outs: it called WeChat Pay, or tried to, and got no answer. */
const TIME_OUTS: ReadonlySet<string> = new Set(['-501002', '-601008', '-604102', 'SERVER_TIMEOUT']);

/**
 * Interprets an error of the platform (not of WeChat Pay): a TCB error `{code, message}`, an
 * open-API error `{errcode, errmsg}`, an HTTP status or a socket error code. Codes are documented
 * at https://docs.cloudbase.net/error-code/ and in the SDK's own table. Texts are matched loosely
 * because they change.
 *
 * Everything else is `gateway`: the platform answered, and WeChat Pay may or may not have been
 * called.
 */
export function gatewayFailure(code: string, message: string): TransportFailure {
  const detail = readableText(`${code} ${message}`);
  if (/wxCloudApiToken/i.test(message)) {
    return {
      kind: 'missing_api_token',
      message: `${detail}: upload this function's trigger with the WeChat developer tools, so that its runs may call WeChat Pay`,
    };
  }
  if (RATE_LIMITS.has(code) || /EXCEED_\w*LIMIT|too many requests/i.test(`${code} ${message}`)) {
    return { kind: 'rate_limited', message: detail };
  }
  if (TIME_OUTS.has(code) || isSocketError(code, message)) return { kind: 'transport', message: detail };
  return { kind: 'gateway', message: detail };
}

function isSocketError(code: string, message: string): boolean {
  return (
    /^(E[A-Z]+|EAI_[A-Z]+|\d{3})$/.test(code) ||
    /request timeout|connect timeout|socket hang up|ECONN|EPIPE|ENOTFOUND|aborted/i.test(message)
  );
}
