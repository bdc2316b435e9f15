import { isRecord, parseJson } from '../../values/json';
import { field, textField } from '../fields';
import type { UnknownAnswer } from '../port';
import { gatewayFailure } from './gateway-errors';
import { readableText } from '../readable-text';
import type { TransportResult } from './transport';

/**
 * What a call returned, before it is interpreted:
 * - `said`: both codes are SUCCESS;
 * - `declined`: WeChat Pay refused, with `code` and `text`;
 * - `document`: not a protocol answer, perhaps a bill (`columns`: gzip, or commas in its first
 *   line);
 * - or an answer from which nothing may be concluded.
 */
export type Body =
  | { readonly kind: 'said'; readonly fields: object }
  | { readonly kind: 'declined'; readonly code: string; readonly text: string }
  | { readonly kind: 'document'; readonly bytes: Uint8Array; readonly columns: boolean }
  | UnknownAnswer;

/**
 * Reads a call's result. Never throws. Of an answer's text it keeps one bounded line without
 * payers.
 */
export function readBody(result: TransportResult): Body {
  if (result.kind === 'failure') return unknown(result.failure.kind, result.failure.message);
  const { bytes } = result;
  if (bytes.byteLength === 0) return unknown('unreadable', 'the answer is empty');
  if (isGzip(bytes)) return { kind: 'document', bytes, columns: true };

  const head = decode(bytes.subarray(0, HEAD_BYTES));
  if (head.startsWith('{')) {
    const parsed = parseJson(decode(bytes));
    return isRecord(parsed) ? readEnvelope(parsed) : unknown('unreadable', 'the answer is broken JSON');
  }
  if (head.startsWith('<')) return readXml(head);
  return { kind: 'document', bytes, columns: hasColumns(head) };
}

/** An answer from which nothing may be concluded. */
export function unknown(reason: UnknownAnswer['reason'], detail: string): UnknownAnswer {
  return { kind: 'unknown', reason, detail: readableText(detail) };
}

/** Enough to recognise an answer. A bill may be large, so it is not decoded here. */
const HEAD_BYTES = 4096;

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).trimStart();
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

function hasColumns(text: string): boolean {
  return /^[^\r\n]*,/.test(text.trimStart());
}

/**
 * A JSON answer is one of: the platform's error `{code, message}`, the open API's error `{errcode,
 * errmsg}`, the envelope of WeChat Cloud Run `{errcode: 0, errmsg, respdata}`, or WeChat Pay's own.
 */
function readEnvelope(answer: object): Body {
  const code = field(answer, 'code');
  const message = field(answer, 'message');
  if (codeText(code) !== '' && typeof message === 'string') return platformError(codeText(code), message);

  const errcode = field(answer, 'errcode');
  if (errcode !== undefined && errcode !== 0) {
    return platformError(codeText(errcode), textField(answer, 'errmsg'));
  }
  const inner = field(answer, 'respdata');
  if (typeof inner === 'string') {
    return inner.trimStart().startsWith('<')
      ? readXml(inner.trimStart().slice(0, HEAD_BYTES))
      : { kind: 'document', bytes: new TextEncoder().encode(inner), columns: hasColumns(inner) };
  }
  return readFields(isRecord(inner) ? inner : answer);
}

function platformError(code: string, message: string): UnknownAnswer {
  const failure = gatewayFailure(code, message);
  return unknown(failure.kind, failure.message);
}

function codeText(code: unknown): string {
  return typeof code === 'string' || typeof code === 'number' ? String(code) : '';
}

/**
 * `return_code` is about the call, `result_code` about the business. downloadBill and `return_code`
 * FAIL have no `result_code`. Codes other than exactly these words make the body unreadable.
 */
function readFields(fields: object): Body {
  const returnCode = field(fields, 'returnCode');
  const resultCode = field(fields, 'resultCode');
  if (returnCode === 'SUCCESS' && resultCode === 'SUCCESS') return { kind: 'said', fields };
  if (returnCode === 'FAIL' || (returnCode === 'SUCCESS' && resultCode === 'FAIL')) {
    const returnMsg = textField(fields, 'returnMsg');
    return {
      kind: 'declined',
      code: codeText(field(fields, 'errCode') ?? field(fields, 'errorCode')),
      text: textField(fields, 'errCodeDes') || (returnMsg === 'OK' ? '' : returnMsg),
    };
  }
  return unknown('unreadable', 'the answer carries no result codes');
}

/**
 * Failures of the classic protocol, which downloadBill passes through: a flat `<xml>` of text
 * elements.
 */
function readXml(text: string): Body {
  if (!/^(<\?xml[^>]*>\s*)?<xml>/.test(text)) return unknown('unreadable', 'the answer is markup');
  const fields = new Map<string, string>();
  for (const match of text.matchAll(/<(\w{1,32})>(?:<!\[CDATA\[(.*?)\]\]>|([^<]*))<\/\1>/gs)) {
    const [, name = '', quoted, plain = ''] = match;
    fields.set(name, quoted ?? plain);
  }
  const answer = readFields(Object.fromEntries(fields));
  // Amounts in XML are texts, so only a refusal is read from it.
  return answer.kind === 'said' ? unknown('unreadable', 'the answer is XML') : answer;
}
