import type { Connection, Statement } from '../../lib/store/sqlite/base/connection';
import type { Columns } from '../../lib/store/rows/columns';
import { connect } from '../../lib/store/sqlite/base/connection';
import { migrate } from '../../lib/store/sqlite/base/migrate';
import { storeOn } from '../../lib/store/sqlite/open';
import type { IndexSpec } from '../../lib/store/cloudbase/schema-spec';
import { SCHEMA } from '../../lib/store/cloudbase/schema';
import { isRecord } from '../../lib/values/json';
import { join } from 'node:path';
import { message, order, refund, START, tradeNo, refundNo, transactionId } from '../store/builders';
import { temporaryDirectory } from '../store/sqlite/harness';
import { onCloudBase } from '../store/cloudbase/harness';
import { EVERY_LIST } from './every-list';
import type { Operating } from './operating';
import { operateOn } from './operating';

/*
 * A page of a list must cost the same with a million rows as with a thousand. The query plan shows
 * it, not timing.
 */

const CASES = EVERY_LIST.map(({ op, params }) => [`${op} ${JSON.stringify(params)}`, op, params] as const);

/** The pages to look at: the first, and one further on. */
const PAGES = [{}, { after: `${START} something` }];

describe('on SQLite', () => {
  const directory = temporaryDirectory();
  let connection: Connection;
  let operating: Operating;
  const sent: string[] = [];

  beforeAll(() => {
    connection = connect(join(directory.path, 'store.db'));
    migrate(connection);
    const recording: Connection = {
      ...connection,
      prepare: (sql): Statement => {
        const statement = connection.prepare(sql);
        return {
          run: (...values) => statement.run(...values),
          all: (...values): readonly Columns[] => {
            sent.push(sql);
            return statement.all(...values);
          },
        };
      },
    };
    operating = operateOn(storeOn(recording), () => START);
  });
  beforeEach(() => sent.splice(0));
  afterAll(() => {
    connection.close();
    directory.remove();
  });

  const steps = (): readonly string[] =>
    [...new Set(sent)].flatMap((sql) =>
      connection
        .prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .all()
        .map((columns) => String(columns[3])),
    );

  /**
   * A step that reads one range of an index, in its order. Rows of the same millisecond may still
   * need sorting in a list whose index lacks their names.
   */
  const isRange = (step: string): boolean =>
    /^SEARCH \w+ USING (COVERING )?(INDEX|INTEGER PRIMARY KEY)/.test(step) ||
    step === 'USE TEMP B-TREE FOR LAST TERM OF ORDER BY' ||
    step === 'USE TEMP B-TREE FOR RIGHT PART OF ORDER BY' ||
    /^SEARCH \w+ USING INTEGER PRIMARY KEY/.test(step);

  it.each(CASES)('%s begins in an index and goes on in its order', async (_, op, params) => {
    for (const page of PAGES)
      expect(await operating.ask(op, { ...params, ...page })).toMatchObject({ ok: true });
    expect(sent.length).toBeGreaterThan(0);
    expect(steps().filter((step) => !isRange(step))).toEqual([]);
    expect(steps().some((step) => step.startsWith('SEARCH'))).toBe(true);
  });

  it('would notice a list that is sorted as a whole', () => {
    sent.push(`SELECT key FROM inbox WHERE state = 'done' ORDER BY deliveries`, 'SELECT key FROM inbox');
    expect(steps().filter((step) => !isRange(step))).not.toEqual([]);
  });

  it.each([
    ['an order number', tradeNo(1)],
    ['a transaction', transactionId(1)],
    ['a refund number', refundNo(1)],
    ['the key of a message', message(1).key],
    ['the id of a discrepancy', 'amount_mismatch:order-000001:x'],
    ['a day', '2026-03-01'],
    ['a run', '1900000109:20260301'],
  ])('a search for %s looks where it is', async (_, text) => {
    const { store } = operating.deps;
    await store.orders.create(order(1));
    await store.refunds.create(refund(1));
    sent.splice(0);
    expect(await operating.ask('search', { text })).toMatchObject({ ok: true });
    const whole = (step: string) => /^SCAN (?!\w+ VIRTUAL TABLE)/.test(step) && step !== 'SCAN CONSTANT ROW';
    expect(steps().filter(whole)).toEqual([]);
  });
});

describe('on CloudBase', () => {
  it(
    'each list has an index with its conditions first and its order behind them',
    onCloudBase(async ({ gateway, store }) => {
      const operating = operateOn(store, () => START);
      const without: string[] = [];
      for (const [name, op, params] of CASES) {
        for (const page of PAGES) {
          const before = gateway.requests.records.length;
          expect(await operating.ask(op, { ...params, ...page })).toMatchObject({ ok: true });
          // The sum of a list is not a page of it.
          const [request, ...more] = gateway.requests.records
            .slice(before)
            .filter(({ action }) => action !== 'database.aggregateDocuments');
          expect(more).toEqual([]);
          const { query, order: sorted } = request?.fields ?? {};
          const indexes: readonly IndexSpec[] =
            Object.entries(SCHEMA).find(([collection]) => collection === request?.collection)?.[1].indexes ??
            [];
          if (
            !indexes.some((index) => serves(index, equalities(parsed(query)), Object.entries(parsed(sorted))))
          )
            without.push(name);
        }
      }
      expect(without).toEqual([]);
    }),
  );

  it('an index serves what begins with its fields, in its order or the opposite one, and nothing else', () => {
    const index: IndexSpec = {
      name: 'x',
      fields: [
        ['a', 1],
        ['b', 1],
        ['c', -1],
        ['_id', -1],
      ],
      for: 'a test',
    };
    const down = [
      ['c', -1],
      ['_id', -1],
    ] as const;
    expect(serves(index, ['b', 'a'], down)).toBe(true);
    expect(
      serves(
        index,
        ['b', 'a'],
        [
          ['c', 1],
          ['_id', 1],
        ],
      ),
    ).toBe(true);
    expect(serves(index, ['a'], down)).toBe(false);
    expect(serves(index, ['a', 'b', 'd'], down)).toBe(false);
    expect(
      serves(
        index,
        ['a', 'b'],
        [
          ['c', 1],
          ['_id', -1],
        ],
      ),
    ).toBe(false);
  });
});

/** Whether an index finds exactly these, sorted so, without looking at more than it answers. */
function serves(
  { fields }: IndexSpec,
  equal: readonly string[],
  sorted: readonly (readonly [string, unknown])[],
): boolean {
  const begin = fields.slice(0, equal.length).map(([path]) => path);
  if ([...begin].sort().join() !== [...equal].sort().join()) return false;
  const rest = fields.slice(equal.length, equal.length + sorted.length);
  const inOrder = (by: 1 | -1) => JSON.stringify(rest.map(([path, direction]) => [path, by * direction]));
  const wanted = JSON.stringify(sorted);
  return inOrder(1) === wanted || inOrder(-1) === wanted;
}

/** The fields that a condition compares with one value. */
function equalities(query: Readonly<Record<string, unknown>>): readonly string[] {
  const here = Object.entries(query).flatMap(([name, value]) =>
    name.startsWith('$') || isRecord(value) ? [] : [name],
  );
  const all = query['$and'];
  return Array.isArray(all) ? [...here, ...all.filter(isRecord).flatMap(equalities)] : here;
}

/** EJSON with its numbers as numbers. */
function parsed(text: unknown): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(String(text), (_, inner: unknown) => {
    if (!isRecord(inner)) return inner;
    const number = inner['$numberInt'] ?? inner['$numberLong'] ?? inner['$numberDouble'];
    return number === undefined ? inner : Number(number);
  });
  return isRecord(value) ? value : {};
}
