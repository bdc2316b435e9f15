import { isRecord } from '../../../values/json';
import { StoreError } from '../../errors';

/**
 * What a rejection by the SDK's database means.
 * - `duplicate`: a document with this `_id` exists.
 * - `refused`: we may not use the environment or the collection.
 * - `malformed`: the database could not parse the request.
 * - `too_large`: the result exceeds 1 MB.
 * - `stale_connection`: the socket was closed before the request or during it.
 * - `unavailable`: any other failure, with unknown effect.
 */
export type Failure =
  | 'duplicate'
  | 'overloaded'
  | 'missing_collection'
  | 'refused'
  | 'malformed'
  | 'too_large'
  | 'stale_connection'
  | 'unavailable';

/*
 * wx-server-sdk knows 21 codes by name. Every other code of the database becomes -501001 and loses
 * its name, and -502001 only means that the database refused. Only the text tells such errors
 * apart, so it is read first.
 */
const DUPLICATE = /E11000|duplicate key|DuplicateWrite|DATABASE_DUPLICATE_WRITE/i;
// An aggregation keeps no code, only what it was told.
const OVERLOADED = /EXCEED_(CONCURRENT_)?REQUEST_LIMIT|\[LimitExceeded\b/i;
const MISSING_COLLECTION = /DATABASE_COLLECTION_NOT_EXIST|Db or Table not exist/i;
const TOO_LARGE =
  /-602001\b|result (size )?(is )?too large|QUERY_SIZE_EXCEED_LIMIT|result size exceed|exceed\w* .{0,30}\b1 ?MB?\b/i;
const TIMEOUT = /time-?out|timed out/i;
const STALE_CONNECTION = /socket hang up|ECONNRESET|EPIPE|ECONNREFUSED/;

const OVERLOADED_CODES: ReadonlySet<number> = new Set([-501003, -501004]);
const MISSING_COLLECTION_CODE = -502005;
const TOO_LARGE_CODE = -602001;
/** Invalid environment, no permission for the database, environment not authorised. */
const REFUSED_CODES: ReadonlySet<number> = new Set([-501005, -502003, -601004, -601012]);
/** Bad parameters, or a database command that does not exist. */
const MALFORMED_CODES: ReadonlySet<number> = new Set([-501006, -501007, -502002]);

/**
 * Classifies what the SDK rejected with. An unknown error is `unavailable`: the request may have
 * taken effect.
 */
export function classify(error: unknown): Failure {
  // Said by this process, before the request was made: it found no free connection.
  if (error instanceof StoreError && error.code === 'overloaded') return 'overloaded';
  const code = codeOf(error);
  const text = textOf(error);
  if (DUPLICATE.test(text)) return 'duplicate';
  if (code === TOO_LARGE_CODE || TOO_LARGE.test(text)) return 'too_large';
  if (OVERLOADED_CODES.has(code) || OVERLOADED.test(text)) return 'overloaded';
  if (code === MISSING_COLLECTION_CODE || MISSING_COLLECTION.test(text)) return 'missing_collection';
  if (REFUSED_CODES.has(code)) return 'refused';
  if (MALFORMED_CODES.has(code)) return 'malformed';
  if (STALE_CONNECTION.test(text)) return 'stale_connection';
  return 'unavailable';
}

/**
 * Whether an `add` that was refused, or not answered usably, may have met a document with its
 * `_id`. Which words say so is not documented, and HTTP errors carry none, so only what certainly
 * says something else is excluded. So is a timeout: looking would take as long again. A duplicate
 * stays one whatever it quotes: an order number may contain "timeout".
 */
export function mayMeanTaken(error: unknown): boolean {
  switch (classify(error)) {
    case 'duplicate':
      return true;
    case 'unavailable':
      return !TIMEOUT.test(textOf(error));
    case 'overloaded':
    case 'missing_collection':
    case 'refused':
    case 'malformed':
    case 'too_large':
    case 'stale_connection':
      return false;
  }
}

/**
 * The error a Store method rejects with. It omits the SDK's own text and does not keep its error as
 * `cause`: the database quotes documents in its messages, and documents contain payers.
 */
export function storeError(error: unknown, collection: string): StoreError {
  if (error instanceof StoreError) return error;
  const failure = classify(error);
  switch (failure) {
    case 'overloaded':
      return new StoreError(
        'overloaded',
        `CloudBase refused a request on ${collection} for load (${whatWasSaid(error)}); wait, or raise the environment's limits.`,
      );
    case 'missing_collection':
      return new StoreError(
        'misconfigured',
        `The collection ${collection} does not exist: create it in the cloud development console under Database, ` +
          'with the indexes this version needs, and let no client read or write it.',
      );
    case 'refused':
      return new StoreError(
        'misconfigured',
        `CloudBase does not let this function use ${collection} (${whatWasSaid(error)}): check the environment id and its permissions.`,
      );
    case 'duplicate':
      return new StoreError(
        'invalid',
        `CloudBase reports a duplicate key in ${collection} where none was expected.`,
      );
    case 'malformed':
      return new StoreError(
        'invalid',
        `CloudBase could not read a request on ${collection} (${whatWasSaid(error)}); this is a bug in this version, please report it.`,
      );
    case 'too_large':
      return new StoreError(
        'too_large',
        `CloudBase does not answer a request on ${collection} because its result exceeds 1 MB; request less at once.`,
      );
    case 'stale_connection':
    case 'unavailable':
      return new StoreError(
        'unavailable',
        `CloudBase gave no usable answer about ${collection} (${whatWasSaid(error)}); the effect is unknown, try again.`,
      );
  }
}

/**
 * The parts of the SDK's text that cannot contain a document: its code, a named error, a transport
 * error, an HTTP status.
 */
function whatWasSaid(error: unknown): string {
  const code = codeOf(error);
  const named =
    /\[[A-Z][A-Za-z]+(\.[A-Z][A-Za-z]+)?\]|\b[A-Z]{2,}(_[A-Z]+)+\b|\bE[A-Z]{4,}\b|socket hang up|request timeout|aborted|\b[45]\d\d [A-Z][A-Za-z ]+/.exec(
      textOf(error),
    );
  return [Number.isNaN(code) ? 'no code' : `errCode ${code}`, ...(named ? [named[0]] : [])].join(', ');
}

function codeOf(error: unknown): number {
  const code = isRecord(error) ? error['errCode'] : undefined;
  return typeof code === 'number' ? code : Number.NaN;
}

function textOf(error: unknown): string {
  if (!isRecord(error)) return String(error);
  const texts = [error['errMsg'], error['message']].filter((text) => typeof text === 'string');
  return texts.join(' ');
}
