import type { IncomingMessage } from 'node:http';
import { Busboy } from '@fastify/busboy';
import { isRecord } from '../../lib/values/json';
import { MalformedRequest } from './errors';

/** One request to CloudBase's single endpoint: its action and every other field of its body. */
export interface AdminRequest {
  readonly action: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * Above any request the SDK can make for a 16 MiB document (canonical EJSON is longer than BSON).
 */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/**
 * The SDK's signature: TC3-HMAC-SHA256 over the headers it lists. It cannot be verified without a
 * secret.
 */
const TC3 =
  /^TC3-HMAC-SHA256 Credential=[^/\s]+\/\d{4}-\d{2}-\d{2}\/tcb\/tc3_request, SignedParams=[\w;]*, SignedHeaders=[\w;-]+, Signature=[0-9a-f]{64}$/;

/** Reads a body as one buffer. Throws `MalformedRequest` when it exceeds any real request. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const stream: AsyncIterable<Uint8Array> = request;
  for await (const chunk of stream) {
    const buffer = Buffer.from(chunk);
    bytes += buffer.length;
    if (bytes > MAX_BODY_BYTES) throw new MalformedRequest('the body is larger than any real request');
    chunks.push(buffer);
  }
  return Buffer.concat(chunks);
}

/**
 * Reads a request's action and fields, sent as JSON or as a form. Multipart parts of type
 * octet-stream (`requestData`, `apiOptions`) become Buffers. Throws `MalformedRequest` for anything
 * the real SDK never sends.
 */
export function parseAdminRequest(
  headers: IncomingMessage['headers'],
  body: Buffer,
  envId: string,
): Promise<AdminRequest> {
  return fieldsOf(headers, body).then((fields) => {
    const action = fields['action'];
    if (typeof action !== 'string') throw new MalformedRequest('there is no action');
    if (!TC3.test(headers.authorization ?? ''))
      throw new MalformedRequest('there is no TC3 Authorization header');
    if (fields['envName'] !== envId) {
      throw new MalformedRequest(
        `envName is ${JSON.stringify(fields['envName'])}, not ${JSON.stringify(envId)}`,
      );
    }
    return { action, fields };
  });
}

async function fieldsOf(
  headers: IncomingMessage['headers'],
  body: Buffer,
): Promise<Readonly<Record<string, unknown>>> {
  const contentType = headers['content-type'] ?? '';
  if (contentType.startsWith('multipart/form-data'))
    return formFields({ ...headers, 'content-type': contentType }, body);
  if (!contentType.startsWith('application/json'))
    throw new MalformedRequest(`unknown content type ${contentType}`);
  return jsonFields(body);
}

function jsonFields(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    if (isRecord(parsed)) return parsed;
  } catch {
    // Falls through: what does not parse and what parses as something else are the same mistake.
  }
  throw new MalformedRequest('the body is not a JSON object');
}

function formFields(
  headers: IncomingMessage['headers'] & { 'content-type': string },
  body: Buffer,
): Promise<Readonly<Record<string, unknown>>> {
  return new Promise((resolve, reject) => {
    const fields: Record<string, unknown> = {};
    const parser = Busboy({ headers });
    parser.on('field', (name, value) => {
      fields[name] = value;
    });
    parser.on('file', (name, stream) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        fields[name] = Buffer.concat(chunks);
      });
    });
    parser.on('error', () => reject(new MalformedRequest('the multipart body does not parse')));
    parser.on('finish', () => resolve(fields));
    parser.end(body);
  });
}
