import type { Modification } from './database/behaviour';
import type { Database } from './database/engine';
import {
  parseDocument,
  parseEjson,
  resolveServerDates,
  toWire,
  isDocument,
  type Document,
} from './database/documents';
import { MAX_BYTES } from './database/collections';
import type { Selection } from './database/selection';
import { CloudBaseError, MalformedRequest, requestFailed } from './errors';
import type { PlatformLimits } from './limits';

type Fields = Readonly<Record<string, unknown>>;
type Answer = Readonly<Record<string, unknown>>;

/**
 * One database action: takes the request's fields, returns the answer's fields without `requestId`.
 */
export type DatabaseAction = (fields: Fields) => Promise<Answer> | Answer;

/**
 * The SDK's database actions on a database. `clock` gives the time (ms) of `serverDate()`. Each
 * throws `MalformedRequest` for anything the SDK never sends, and `CloudBaseError` for a refusal by
 * CloudBase.
 */
export function databaseActions(
  database: Database,
  clock: { now(): number },
  limits: PlatformLimits = {},
): ReadonlyMap<string, DatabaseAction> {
  function content(text: unknown): Document {
    const resolved = resolveServerDates(parseDocument(text, 'data'), clock.now());
    if (!isDocument(resolved)) throw new MalformedRequest('data is a server date, not a document');
    return resolved;
  }

  function modification(fields: Fields): Modification {
    return {
      collection: collectionOf(fields),
      query: queryOf(fields),
      multi: fields['multi'] === true,
      change: content(fields['data']),
      replace: fields['merge'] === false,
      upsert: fields['upsert'] === true,
      ...transactionOf(fields),
    };
  }

  return new Map<string, DatabaseAction>([
    [
      'database.insertDocument',
      async (fields) => {
        const data = fields['data'];
        if (!Array.isArray(data)) throw new MalformedRequest('data is not a list of documents');
        const documents = data.map(content);
        const insertedIds = await database.insert(
          collectionOf(fields),
          documents,
          transactionOf(fields).transactionId,
        );
        return { data: { insertedIds } };
      },
    ],
    [
      'database.getDocument',
      (fields) => {
        const { transactionId } = transactionOf(fields);
        const found = database.find(
          collectionOf(fields),
          queryOf(fields),
          selectionOf(fields),
          transactionId,
        );
        return { data: { list: withinLimit(database, found, limits) } };
      },
    ],
    [
      'database.calculateDocument',
      (fields) => ({ data: { total: database.count(collectionOf(fields), queryOf(fields)) } }),
    ],
    [
      'database.modifyDocument',
      async (fields) => {
        const { updated, upsertedId } = await database.modify(modification(fields));
        return { data: { updated, ...(upsertedId === undefined ? {} : { upsert_id: upsertedId }) } };
      },
    ],
    [
      'database.modifyAndReturnDoc',
      async (fields) => {
        const { updated, document } = await database.modify({ ...modification(fields), multi: false });
        return { data: { updated, ...(document ? { doc: toWire(document) } : {}) } };
      },
    ],
    [
      'database.removeDocument',
      async (fields) => ({
        data: {
          deleted: await database.remove(
            collectionOf(fields),
            queryOf(fields),
            fields['multi'] === true,
            transactionOf(fields).transactionId,
          ),
        },
      }),
    ],
    [
      'database.aggregateDocuments',
      (fields) => ({
        data: {
          list: withinLimit(database, database.aggregate(collectionOf(fields), stagesOf(fields)), limits),
        },
      }),
    ],
    [
      'database.addCollection',
      (fields) => {
        database.createCollection(collectionOf(fields));
        return {};
      },
    ],
    ['database.startTransaction', () => ({ transactionId: database.startTransaction() })],
    [
      'database.commitTransaction',
      (fields) => {
        database.commitTransaction(textOf(fields, 'transactionId'));
        return {};
      },
    ],
    [
      'database.abortTransaction',
      (fields) => {
        database.abortTransaction(textOf(fields, 'transactionId'));
        return {};
      },
    ],
  ]);
}

function textOf(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new MalformedRequest(`${name} is not a text`);
}

function collectionOf(fields: Fields): string {
  return textOf(fields, 'collectionName');
}

function transactionOf(fields: Fields): { readonly transactionId?: string } {
  return fields['transactionId'] === undefined ? {} : { transactionId: textOf(fields, 'transactionId') };
}

/** The SDK sends no query, or an empty one, for "all documents". */
function queryOf(fields: Fields): Document {
  const query = fields['query'];
  return query === undefined || query === '' ? {} : parseDocument(query, 'query');
}

function selectionOf(fields: Fields): Selection {
  return {
    ...(fields['order'] === undefined ? {} : { order: parseDocument(fields['order'], 'order') }),
    ...(fields['projection'] === undefined
      ? {}
      : { projection: parseDocument(fields['projection'], 'projection') }),
    ...wholeNumber('skip', fields['offset']),
    ...wholeNumber('limit', fields['limit']),
  };
}

function wholeNumber(name: 'skip' | 'limit', value: unknown): Selection {
  if (value === undefined) return {};
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw new MalformedRequest(`${name} is not a whole number`);
  }
  return name === 'skip' ? { skip: value } : { limit: value };
}

function stagesOf(fields: Fields) {
  const stages = fields['stages'];
  if (!Array.isArray(stages)) throw new MalformedRequest('stages is not a list');
  return stages.map((stage: unknown) => {
    if (!isDocument(stage)) throw new MalformedRequest('a stage is not an object');
    return { key: textOf(stage, 'stageKey'), value: parseEjson(stage['stageValue'], 'stageValue') };
  });
}

function withinLimit(
  { behaviour }: Database,
  documents: readonly Document[],
  { resultBytes = MAX_BYTES }: PlatformLimits,
): readonly string[] {
  const list = documents.map(toWire);
  const bytes = list.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (bytes <= resultBytes) return list;
  behaviour.hasMattered = true;
  if (resultBytes < MAX_BYTES) {
    throw new CloudBaseError('QUERY_SIZE_EXCEED_LIMIT', '[-602001] query result exceeds 1 MB');
  }
  throw requestFailed(`the result package is ${bytes} bytes, more than ${resultBytes}; ask for less`);
}
