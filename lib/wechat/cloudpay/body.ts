import { isRecord } from '../../values/json';
import { field, textField } from '../fields';
import type { UnknownAnswer } from '../port';
import { gatewayFailure } from './gateway-errors';
import { readableText } from './readable-text';
import type { TransportResult } from './transport';

/**
 * What a call brought back, one step before its meaning:
 * `said` both codes are SUCCESS · `declined` WeChat Pay said no, in `code` and `text` · `document` something that is
 * no protocol answer (perhaps a statement: `columns` when it is gzipped or commas divide its first line) · or
 * nothing may be concluded.
 */
export type Body =
  | { readonly kind: 'said'; readonly fields: object }
  | { readonly kind: 'declined'; readonly code: string; readonly text: string }
  | { readonly kind: 'document'; readonly bytes: Uint8Array; readonly columns: boolean }
  | UnknownAnswer;

/** Reads a call's result. Never throws; of an answer's text only a bounded line without payers is kept. */
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

/** Enough to see what an answer is; a statement may be large and is not turned into a text here. */
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * A JSON answer is one of: the platform's error `{code, message}`, the open API's error `{errcode, errmsg}`, WeChat
 * Cloud Run's envelope `{errcode: 0, errmsg, respdata}` (its pay pages), or WeChat Pay's own.
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
 * `return_code` speaks of the call, `result_code` of the business. downloadBill and `return_code` FAIL carry no
 * `result_code`. A body whose codes are not exactly these words is unreadable, not half believed.
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

/** The classic protocol's own failures, which downloadBill lets through: a flat `<xml>` of text elements. */
function readXml(text: string): Body {
  if (!/^(<\?xml[^>]*>\s*)?<xml>/.test(text)) return unknown('unreadable', 'the answer is markup');
  const fields = new Map<string, string>();
  for (const match of text.matchAll(/<(\w{1,32})>(?:<!\[CDATA\[(.*?)\]\]>|([^<]*))<\/\1>/gs)) {
    const [, name = '', quoted, plain = ''] = match;
    fields.set(name, quoted ?? plain);
  }
  const answer = readFields(Object.fromEntries(fields));
  // Amounts in XML are texts, so nothing but a refusal is read from it.
  return answer.kind === 'said' ? unknown('unreadable', 'the answer is XML') : answer;
}
