import type {
  Aggregate,
  Collection,
  Command,
  Condition,
  Database,
  Fields,
  Query,
} from '../../../lib/store/cloudbase/base/database';
import type { Selection } from '../../cloudbase/database/selection';
import type { Stage } from '../../cloudbase/database/aggregate';
import { isDocument, type Document } from '../../cloudbase/database/documents';
import { isRecord } from '../../../lib/values/json';

/*
 * The adapter's own interface to a database, without the SDK and without HTTP: what the SDK would
 * send is given to `send` as MongoDB's conditions and updates. `requests.test.ts` holds it against
 * the SDK.
 */

/** One request to the database. */
export type DatabaseRequest =
  | {
      readonly action: 'get' | 'count' | 'remove';
      readonly collection: string;
      readonly query: Document;
      readonly selection: Selection;
    }
  | {
      readonly action: 'update';
      readonly collection: string;
      readonly query: Document;
      readonly change: Readonly<Record<string, Document>>;
    }
  | { readonly action: 'add'; readonly collection: string; readonly documents: readonly Document[] }
  | { readonly action: 'aggregate'; readonly collection: string; readonly stages: readonly Stage[] };

/**
 * Answers as CloudBase does: documents, a number, or ids. Rejects with an error as the SDK shows
 * it.
 */
export type Send = (request: DatabaseRequest) => Promise<unknown>;

/** An operator on a field of a condition, or over conditions. */
class ConditionOperator {
  constructor(readonly condition: Document) {}
}

class Junction {
  constructor(
    readonly operator: '$and' | '$or',
    readonly parts: readonly Condition[],
  ) {}
}

class UpdateOperator {
  constructor(
    readonly operator: string,
    readonly operand: unknown,
  ) {}
}

const on = (operator: string) => (operand: unknown) => new ConditionOperator({ [operator]: operand });
const by = (operator: string) => (operand: unknown) => new UpdateOperator(operator, operand);

const COMMAND: Command = {
  gt: on('$gt'),
  gte: on('$gte'),
  lt: on('$lt'),
  lte: on('$lte'),
  neq: on('$ne'),
  in: on('$in'),
  nin: on('$nin'),
  or: (...parts) => new Junction('$or', parts),
  and: (...parts) => new Junction('$and', parts),
  set: by('$set'),
  inc: by('$inc'),
  min: by('$min'),
  max: by('$max'),
  push: (values) =>
    Array.isArray(values)
      ? new UpdateOperator('$push', { $each: values })
      : new UpdateOperator('$push', pushed(values)),
  addToSet: by('$addToSet'),
  aggregate: { sum: on('$sum') },
};

function pushed(values: object): Document {
  const { each, slice } = isRecord(values) ? values : {};
  return { $each: each, $slice: slice };
}

/** A database for the adapter, whose requests go to `send`. */
export function databaseOver(send: Send): Database {
  const collections = new Map<string, Collection>();
  return {
    command: COMMAND,
    collection(name) {
      const known = collections.get(name) ?? collectionOver(send, name);
      collections.set(name, known);
      return known;
    },
  };
}

function collectionOver(send: Send, name: string): Collection {
  return {
    ...queryOver(send, name, {}, {}),
    aggregate: () => pipelineOver(send, name, []),
    async add({ data }) {
      const list: readonly Fields[] = isList(data) ? data : [data];
      const documents = list.map(asSent);
      const ids = await send({ action: 'add', collection: name, documents });
      if (isList(data)) return { _ids: ids };
      const [_id] = isAnswerList(ids) ? ids : [];
      return { _id };
    },
  };
}

function pipelineOver(send: Send, collection: string, stages: readonly Stage[]): Aggregate {
  const then = (key: string, value: unknown) => pipelineOver(send, collection, [...stages, { key, value }]);
  return {
    match: (condition) => then('$match', conditionOf(condition)),
    group: (groups) =>
      then(
        '$group',
        Object.fromEntries(
          Object.entries(groups).map(([name, value]: [string, unknown]) => [
            name,
            value instanceof ConditionOperator ? value.condition : value,
          ]),
        ),
      ),
    end: async () => ({ list: await send({ action: 'aggregate', collection, stages }) }),
  };
}

function isAnswerList(answer: unknown): answer is readonly unknown[] {
  return Array.isArray(answer);
}

function isList(data: Fields | Fields[]): data is Fields[] {
  return Array.isArray(data);
}

function queryOver(send: Send, collection: string, query: Document, selection: Selection): Query {
  const request = { collection, query, selection };
  return {
    where: (condition) => queryOver(send, collection, conditionOf(condition), selection),
    orderBy: (path, direction) => {
      const order = { ...selection.order, [path]: direction === 'asc' ? 1 : -1 };
      return queryOver(send, collection, query, { ...selection, order });
    },
    skip: (skip) => queryOver(send, collection, query, { ...selection, skip }),
    limit: (limit) => queryOver(send, collection, query, { ...selection, limit }),
    field: (fields) => {
      const projection = Object.fromEntries(Object.keys(fields).map((path) => [path, 1]));
      return queryOver(send, collection, query, { ...selection, projection });
    },
    get: async () => ({ data: await send({ action: 'get', ...request }) }),
    count: async () => ({ total: await send({ action: 'count', ...request }) }),
    update: async ({ data }) => {
      const updated = await send({ action: 'update', collection, query, change: changeOf(data) });
      return { stats: { updated } };
    },
    remove: async () => ({ stats: { removed: await send({ action: 'remove', ...request }) } }),
  };
}

/** What of a value goes over a wire: no field that is undefined. */
function asSent(value: unknown): Document {
  const sent: unknown = JSON.parse(JSON.stringify(value));
  if (!isDocument(sent)) throw new TypeError('only a document is stored');
  return sent;
}

function conditionOf(condition: Condition): Document {
  if (condition instanceof Junction) return { [condition.operator]: condition.parts.map(conditionOf) };
  const plain: Record<string, unknown> = {};
  for (const [path, value] of Object.entries(condition)) {
    const on = conditionOn(path, value);
    for (const key of Object.keys(on)) {
      // Two junctions are two parts of one.
      if (key in plain) return { $and: Object.entries(condition).map((one) => conditionOn(...one)) };
      plain[key] = on[key];
    }
  }
  return plain;
}

function conditionOn(path: string, value: unknown): Document {
  if (value instanceof ConditionOperator) return { [path]: value.condition };
  if (value instanceof Junction) {
    return { [value.operator]: value.parts.map((part) => conditionOn(path, part)) };
  }
  if (isDocument(value)) throw new TypeError(`the adapter has no condition on the whole object ${path}`);
  return { [path]: value };
}

function changeOf(data: Fields): Readonly<Record<string, Document>> {
  const change: Record<string, Record<string, unknown>> = {};
  const put = (operator: string, path: string, operand: unknown): void => {
    const isPlain = typeof operand === 'string' || typeof operand === 'boolean' || operand === null;
    const isSentAsIs = isPlain || Number.isFinite(operand);
    (change[operator] ??= {})[path] = isSentAsIs ? operand : asSent({ operand })['operand'];
  };
  const walk = (fields: Fields, before: string): void => {
    for (const [name, value] of Object.entries(fields)) {
      const path = `${before}${name}`;
      if (value === undefined) continue;
      if (value instanceof UpdateOperator) put(value.operator, path, value.operand);
      else if (isDocument(value)) walk(value, `${path}.`);
      else put('$set', path, value);
    }
  };
  walk(data, '');
  return change;
}
