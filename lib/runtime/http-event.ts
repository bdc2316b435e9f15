import { isRecord } from '../values/json';

/**
 * A function called through cloud development's HTTP access service (HTTP 访问服务): the request
 * arrives as an event, and the function's return value becomes the response. Both formats:
 * https://docs.cloudbase.net/service/access-cloud-function
 */

/** A request from the service. */
export interface HttpEvent {
  readonly method: string;
  /**
   * Such as `/ops/api/overview`. Whether it still starts with the trigger's own path is
   * undocumented.
   */
  readonly path: string;
  /** A header by its lower-case name; null when it is absent or repeated. */
  readonly header: (name: string) => string | null;
  /** The body as text, decoded. */
  readonly body: string;
  /** The body, byte for byte where the service encodes it. */
  readonly bytes: Buffer;
}

/** The value that the service turns into an HTTP response (集成响应). */
export interface HttpReply {
  readonly isBase64Encoded: false;
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Recognises an event of the HTTP access service by its shape. A client can send the same shape, so
 * it proves nothing about the caller.
 */
export function isHttpEvent(event: unknown): boolean {
  return isRecord(event) && typeof event['httpMethod'] === 'string' && isRecord(event['headers']);
}

/** Reads such an event; null for any other event. */
export function readHttpEvent(event: unknown): HttpEvent | null {
  if (!isRecord(event)) return null;
  const { httpMethod, path, headers, body, isBase64Encoded } = event;
  if (typeof httpMethod !== 'string' || !isRecord(headers)) return null;
  const text = typeof body === 'string' ? body : '';
  const encoded = isBase64Encoded === true || isBase64Encoded === 'true';
  const bytes = Buffer.from(text, encoded ? 'base64' : 'utf8');
  return {
    method: httpMethod.toUpperCase(),
    path: typeof path === 'string' ? path : '',
    header: (name) => {
      const values = Object.entries(headers).filter(([key]) => key.toLowerCase() === name);
      const [value] = values.map(([, one]) => one);
      return values.length === 1 && typeof value === 'string' ? value : null;
    },
    body: encoded ? bytes.toString('utf8') : text,
    bytes,
  };
}
