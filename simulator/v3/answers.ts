import { hex, type Random } from '../randomness';
import type { V3Fault } from './faults';
import type { V3Answer } from './http';
import { TAILS, type V3Outcome } from './outcome';
import type { Seal, SealKind } from './seal';

/** Writes answers: status, body, `Request-ID`, and the signature where WeChat Pay signs. */
export type AnswerWriterV3 = (
  outcome: V3Outcome,
  how: SealKind | 'tampered' | 'unsigned',
  named: string,
) => V3Answer;

/** Creates a writer of answers. */
export function answerWriterV3(seal: Seal, random: Random): AnswerWriterV3 {
  return (outcome, how, named) => {
    const { status, body, type, tail, signed } = written(outcome);
    const headers = {
      ...(type === null ? {} : { 'content-type': type }),
      date: new Date(seal.now()).toUTCString(),
      'request-id': `08${hex(random, 20).toUpperCase()}-${tail}`,
      'cache-control': 'no-cache, must-revalidate',
    };
    if (!signed || how === 'unsigned') return { status, headers, body };
    const covered = how === 'tampered' ? Buffer.concat([body, Buffer.from(' ')]) : body;
    const signature = seal.headers(covered, how === 'tampered' ? 'truly' : how, named);
    return { status, headers: { ...headers, ...signature }, body };
  };
}

interface Written {
  readonly status: number;
  readonly body: Buffer;
  readonly type: string | null;
  readonly tail: number;
  readonly signed: boolean;
}

const JSON_TYPE = 'application/json; charset=utf-8';
const NOTHING = Buffer.alloc(0);

function written(outcome: V3Outcome): Written {
  switch (outcome.kind) {
    case 'json': {
      const body = Buffer.from(JSON.stringify(outcome.fields));
      return { status: 200, body, type: JSON_TYPE, tail: TAILS.success, signed: true };
    }
    case 'empty':
      return { status: 204, body: NOTHING, type: null, tail: TAILS.success, signed: true };
    case 'file':
      return { status: 200, body: outcome.bytes, type: 'text/plain', tail: TAILS.success, signed: false };
    case 'refused': {
      const { status, code, message, detail, tail, signed } = outcome;
      const body = Buffer.from(
        JSON.stringify({ code, message, ...(detail === undefined ? {} : { detail }) }),
      );
      return { status, body, type: JSON_TYPE, tail, signed };
    }
  }
}

/** The answer to an address or a method that does not exist: no body at all. */
export function emptyAnswer(status: 404 | 405): V3Answer {
  return { status, headers: {}, body: NOTHING };
}

/** A front's own page, as developers saw it. */
export function htmlAnswer(): V3Answer {
  const page = '<html><head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>';
  return { status: 502, headers: { 'content-type': 'text/html' }, body: Buffer.from(page) };
}

/** The outcome of a call as a fault changes it before it is signed. */
export function spoiled(outcome: V3Outcome, fault: V3Fault): V3Outcome {
  if (outcome.kind !== 'json') return outcome;
  const { fields } = outcome;
  if (fault.kind === 'changed') return { kind: 'json', fields: { ...fields, ...fault.fields } };
  if (fault.kind === 'wrong_hash') return { kind: 'json', fields: { ...fields, hash_value: '0'.repeat(40) } };
  if (fault.kind !== 'foreign_host') return outcome;
  const url = String(fields['download_url']).replace(/^(https?:\/\/)[^/]+/, '$1bills.example');
  return { kind: 'json', fields: { ...fields, download_url: url } };
}
