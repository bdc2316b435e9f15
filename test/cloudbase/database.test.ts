import cloud from 'wx-server-sdk';
import { useFunctionEnvironment } from './function-environment';
import { startLoopbackCloudBase, type LoopbackCloudBase } from './gateway';
import { settled } from './sdk-results';

const NOW = 1_714_979_289_010;
let gateway: LoopbackCloudBase;
let restore: () => void;
let db: ReturnType<typeof cloud.database>;
let collections = 0;

/** A collection of its own for each test, so that tests do not see each other. */
function newCollection(uniqueIndexes: readonly (readonly string[])[] = []) {
  collections += 1;
  const name = `c${collections}`;
  gateway.database.createCollection(name, { uniqueIndexes });
  return { name, collection: db.collection(name), stored: () => gateway.database.documents(name) };
}

/** The documents of a query, without the rest of the SDK's answer. */
async function read(query: { get(): ReturnType<ReturnType<typeof db.collection>['get']> }): Promise<unknown> {
  return settled(await query.get()).data;
}

beforeAll(async () => {
  gateway = await startLoopbackCloudBase({ clock: { now: () => NOW } });
  restore = useFunctionEnvironment(gateway);
  cloud.init({ env: gateway.envId });
  db = cloud.database();
});

afterEach(() => expect(gateway.protocolErrors).toEqual([]));

afterAll(async () => {
  await gateway.stop();
  restore();
});

describe('reading and writing', () => {
  it('keeps dates, integers beyond 32 bits and fractions as they were', async () => {
    const { collection } = newCollection();
    const data = { _id: 'v', at: new Date(NOW), big: 3_000_000_000, half: 1.5, none: null, list: [1, 'a'] };
    await collection.add({ data });
    expect(settled(await collection.doc('v').get()).data).toEqual(data);
  });

  it('puts its own time in place of a server date', async () => {
    const { collection, stored } = newCollection();
    // The SDK's types know no offset.
    const inAMinute: unknown = Reflect.apply(db.serverDate, db, [{ offset: 60_000 }]);
    await collection.add({
      data: { _id: 'd', at: inAMinute, deep: [{ at: db.serverDate() }] },
    });
    await collection.doc('d').update({ data: { seen: db.serverDate() } });
    expect(stored()).toEqual([
      { _id: 'd', at: new Date(NOW + 60_000), deep: [{ at: new Date(NOW) }], seen: new Date(NOW) },
    ]);
  });

  it('answers at most 100 documents unless asked for more, and cuts, orders and projects', async () => {
    const { collection } = newCollection();
    for (let n = 0; n < 120; n += 1)
      await collection.add({ data: { _id: `d${n}`, n, odd: n % 2 === 1, in: { a: n, b: n } } });
    expect(await read(collection)).toHaveLength(100);
    expect(await read(collection.limit(1_000))).toHaveLength(120);
    const page = collection.where({ odd: true }).orderBy('n', 'desc').skip(1).limit(2);
    expect(await read(page.field({ n: true, 'in.a': true, _id: false }))).toEqual([
      { n: 117, in: { a: 117 } },
      { n: 115, in: { a: 115 } },
    ]);
    expect(await read(collection.where({ n: db.command.lt(1) }).field({ in: false }))).toEqual([
      { _id: 'd0', n: 0, odd: false },
    ]);
    expect(settled(await collection.where({ odd: true }).count()).total).toBe(60);
  });

  it('orders by several fields, missing and null first, equal ones as inserted', async () => {
    const { collection } = newCollection();
    for (const data of [
      { _id: '1', g: 2, at: new Date(5) },
      { _id: '2', g: 1, at: new Date(7) },
      { _id: '3', g: 2, at: new Date(3) },
      { _id: '4', at: new Date(1) },
      { _id: '5', g: null, at: new Date(1) },
    ]) {
      await collection.add({ data });
    }
    const ordered = await read(collection.orderBy('g', 'asc').orderBy('at', 'desc').field({ _id: true }));
    expect(ordered).toEqual(['4', '5', '2', '1', '3'].map((_id) => ({ _id })));
  });

  it('finds by in, or, exists, comparison and dotted path, each value compared with its own type only', async () => {
    const { collection } = newCollection();
    const _ = db.command;
    await collection.add({ data: { _id: 'a', due: new Date(10), lease: { token: 't1' }, tags: ['x', 'y'] } });
    await collection.add({ data: { _id: 'b', due: new Date(20), lease: null } });
    await collection.add({ data: { _id: 'c', due: 15 } });
    const ids = async (query: object) =>
      read(collection.where(query).field({ _id: true }).orderBy('_id', 'asc'));
    expect(await ids({ _id: _.in(['b', 'c', 'nobody']) })).toEqual([{ _id: 'b' }, { _id: 'c' }]);
    expect(await ids({ due: _.lte(new Date(10)) })).toEqual([{ _id: 'a' }]);
    expect(await ids({ due: _.lt(100) })).toEqual([{ _id: 'c' }]);
    expect(await ids({ 'lease.token': 't1' })).toEqual([{ _id: 'a' }]);
    expect(await ids({ 'lease.token': _.neq('t1') })).toEqual([{ _id: 'b' }, { _id: 'c' }]);
    expect(await ids({ lease: null })).toEqual([{ _id: 'b' }, { _id: 'c' }]);
    expect(await ids({ lease: _.exists(false) })).toEqual([{ _id: 'c' }]);
    expect(await ids({ tags: 'y' })).toEqual([{ _id: 'a' }]);
    expect(await ids(_.or([{ lease: _.exists(false) }, { tags: 'x' }]))).toEqual([
      { _id: 'a' },
      { _id: 'c' },
    ]);
    expect(await ids({ due: _.gt(new Date(5)).and(_.lt(new Date(15))) })).toEqual([{ _id: 'a' }]);
    expect(await ids({ _id: _.in([]) })).toEqual([]);
    expect(await read(collection.where({ _id: _.in(['c', 'a']) }).field({ _id: true }))).toEqual([
      { _id: 'a' },
      { _id: 'c' },
    ]);
  });

  it('replaces, makes and removes whole documents', async () => {
    const { collection, stored } = newCollection();
    const made = settled(await collection.doc('s').set({ data: { n: 1, old: true } }));
    const replaced = settled(await collection.doc('s').set({ data: { n: 2 } }));
    expect([made.stats, replaced.stats]).toEqual([
      { created: 1, updated: 0 },
      { created: 0, updated: 1 },
    ]);
    expect(stored()).toEqual([{ _id: 's', n: 2 }]);
    expect(settled(await collection.where({ n: 1 }).remove()).stats).toEqual({ removed: 0 });
    expect(settled(await collection.where({ n: 2 }).remove()).stats).toEqual({ removed: 1 });
    expect(stored()).toEqual([]);
  });

  it('groups, sorts and counts in a pipeline', async () => {
    const { collection } = newCollection();
    const $ = db.command.aggregate;
    for (const [n, state] of ['paid', 'pending', 'paid'].entries())
      await collection.add({ data: { n, state } });
    const pipeline = collection
      .aggregate()
      .match({ n: db.command.gte(0) })
      .group({ _id: '$state', total: $.sum('$n'), count: $.sum(1) })
      .sort({ _id: 1 })
      .limit(5);
    expect(settled(await pipeline.end()).list).toEqual([
      { _id: 'paid', total: 2, count: 2 },
      { _id: 'pending', total: 1, count: 1 },
    ]);
  });

  it('does not scan for an _id, and stays quick with 10,000 documents', async () => {
    const { name, collection } = newCollection();
    const documents = Array.from({ length: 10_000 }, (_value, n) => ({
      _id: `d${n}`,
      lease: { token: `t${n}` },
      n,
    }));
    await gateway.database.insert(name, documents);
    expect(await read(collection.where({ _id: 'd9999', n: 9_999 }))).toHaveLength(1);
    expect(await read(collection.where({ 'lease.token': 't5000' }))).toHaveLength(1);
    expect(
      await read(
        collection
          .where({ n: db.command.gte(0) })
          .orderBy('n', 'desc')
          .limit(1)
          .field({ _id: true }),
      ),
    ).toEqual([{ _id: 'd9999' }]);
  });
});

describe('updating', () => {
  it('lets exactly one of many concurrent conditional updates win', async () => {
    const { collection, stored } = newCollection();
    await collection.add({ data: { _id: 'o1', status: 'pending' } });
    const results = await Promise.all(
      Array.from({ length: 20 }, async (_value, n) =>
        collection.where({ _id: 'o1', status: 'pending' }).update({ data: { status: 'paid', by: n } }),
      ),
    );
    const winners = results.flatMap((result, n) => (settled(result).stats.updated === 1 ? [n] : []));
    expect(winners).toHaveLength(1);
    expect(stored()).toEqual([{ _id: 'o1', status: 'paid', by: winners[0] }]);
  });

  it('merges nested fields, replaces with set, and pushes, adds and counts', async () => {
    const { collection, stored } = newCollection();
    const _ = db.command;
    await collection.add({
      data: { _id: 'u', in: { a: 1, b: 1 }, whole: { a: 1 }, n: 1, gone: 1, log: ['a'], paths: ['p'] },
    });
    await collection.doc('u').update({
      data: {
        in: { b: 2 },
        whole: _.set({ z: 1 }),
        n: _.inc(2),
        gone: _.remove(),
        log: _.push({ each: ['b', 'c'], slice: -2 }),
        paths: _.addToSet('p'),
      },
    });
    await collection
      .where({ _id: 'u' })
      .update({ data: { paths: _.addToSet({ $each: ['p', 'q'] }), log: _.push(['d']) } });
    expect(stored()).toEqual([
      { _id: 'u', in: { a: 1, b: 2 }, whole: { z: 1 }, n: 3, log: ['b', 'c', 'd'], paths: ['p', 'q'] },
    ]);
  });

  it('updates every match of where() and says how many changed', async () => {
    const { name, collection } = newCollection();
    await gateway.database.insert(name, [
      { _id: '1', n: 1 },
      { _id: '2', n: 1 },
      { _id: '3', n: 2 },
    ]);
    const stats = async (n: number) =>
      settled(await collection.where({ n: db.command.gt(0) }).update({ data: { n } })).stats;
    expect(await stats(2)).toEqual({ updated: 2 });
    gateway.database.behaviour.updatedCounts = 'matched';
    expect(await stats(2)).toEqual({ updated: 3 });
    gateway.database.behaviour.updatedCounts = 'modified';
    expect(settled(await collection.doc('nobody').update({ data: { n: 1 } })).stats).toEqual({ updated: 0 });
  });

  it('refuses a path below null, as MongoDB does, and changes nothing', async () => {
    const { collection, stored } = newCollection();
    await collection.add({ data: { _id: 'n', lease: null, n: 1 } });
    const update = async () =>
      settled(await collection.doc('n').update({ data: { n: 2, lease: { token: 't' } } }));
    await expect(update()).rejects.toMatchObject({ errCode: -502001 });
    await expect(update()).rejects.toThrow("Cannot create field 'token' in element {lease: null}");
    expect(stored()).toEqual([{ _id: 'n', lease: null, n: 1 }]);
  });
});

describe('what CloudBase refuses', () => {
  it.each([
    ['duplicate_write', -501001, 'E11000 duplicate key error collection'],
    ['request_failed', -502001, 'E11000 duplicate key error collection'],
    ['old_text', -502001, '[FailedOperation.DuplicateWrite] multiple write,duplicate key error collection'],
  ] as const)('a second document with the same _id or unique value (%s)', async (shape, errCode, text) => {
    const { collection, stored } = newCollection([['a', 'in.b']]);
    gateway.database.behaviour.duplicates = shape;
    await collection.add({ data: { _id: 'x', a: 1, in: { b: 1 } } });
    const again = collection.add({ data: { _id: 'x', a: 2 } });
    await expect(again).rejects.toMatchObject({ errCode });
    await expect(again).rejects.toThrow(text);
    await expect(collection.add({ data: { _id: 'y', a: 1, in: { b: 1 } } })).rejects.toMatchObject({
      errCode,
    });
    await collection.add({ data: { _id: 'z', a: 1 } });
    const change = async () => settled(await collection.doc('z').update({ data: { in: { b: 1 } } }));
    await expect(change()).rejects.toMatchObject({ errCode });
    expect(stored()).toHaveLength(2);
    await collection.doc('x').remove();
    await change();
    gateway.database.behaviour.duplicates = 'duplicate_write';
  });

  it('a collection that was never made, and one made twice', async () => {
    await expect(db.collection('nowhere').add({ data: {} })).rejects.toMatchObject({ errCode: -502005 });
    await db.createCollection('made');
    await db.collection('made').add({ data: {} });
    await expect(db.createCollection('made')).rejects.toThrow('Table exist');
  });

  it('a missing document', async () => {
    const { collection } = newCollection();
    await expect(collection.doc('nobody').get()).rejects.toMatchObject({ errCode: -1 });
  });

  it('documents and answers over 16 MB', async () => {
    const { name, collection } = newCollection();
    const big = 'x'.repeat(9 * 1024 * 1024);
    await expect(collection.add({ data: { _id: 'b', one: big, two: big } })).rejects.toThrow('too large');
    await gateway.database.insert(name, [
      { _id: '1', big },
      { _id: '2', big },
    ]);
    await expect(read(collection)).rejects.toThrow('result package');
    expect(await read(collection.limit(1))).toHaveLength(1);
  });

  it('operators that are not known to behave as in MongoDB', async () => {
    const { collection } = newCollection();
    const _ = db.command;
    await expect(read(collection.where({ a: _.elemMatch({ b: 1 }) }))).rejects.toThrow('$elemMatch');
    await collection.add({ data: { _id: 'a', n: 1 } });
    const bit = async () => settled(await collection.doc('a').update({ data: { $bit: { n: { and: 1 } } } }));
    await expect(bit()).rejects.toThrow('$bit');
    await expect(collection.aggregate().unwind('$a').end()).rejects.toThrow('$unwind');
  });
});
