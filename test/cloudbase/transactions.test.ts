import cloud from 'wx-server-sdk';
import { useFunctionEnvironment } from './function-environment';
import { startLoopbackCloudBase, type LoopbackCloudBase } from './gateway';
import { settled } from './sdk-results';
import { manualTimer } from './timer';

/** What a transaction of the SDK can do, as far as it is used here; the SDK gives it no type. */
interface SdkTransaction {
  collection(name: string): {
    add(options: { data: object }): Promise<unknown>;
    doc(id: string): { get(): Promise<unknown>; update(options: { data: object }): Promise<unknown> };
  };
  commit(): Promise<unknown>;
  rollback(): Promise<unknown>;
}

function isTransaction(value: unknown): value is SdkTransaction {
  return typeof value === 'object' && value !== null && 'collection' in value && 'commit' in value;
}

const timer = manualTimer();
let gateway: LoopbackCloudBase;
let restore: () => void;
let db: ReturnType<typeof cloud.database>;

beforeAll(async () => {
  gateway = await startLoopbackCloudBase({ timer });
  restore = useFunctionEnvironment(gateway);
  cloud.init({ env: gateway.envId });
  db = cloud.database();
});

afterEach(() => expect(gateway.protocolErrors).toEqual([]));

afterAll(async () => {
  await gateway.stop();
  restore();
});

async function startTransaction(): Promise<SdkTransaction> {
  const transaction: unknown = await db.startTransaction();
  if (!isTransaction(transaction)) throw new TypeError('the SDK started no transaction');
  return transaction;
}

let collections = 0;

/** A collection of its own for each test, with these documents in it. */
async function newCollection(
  documents: readonly object[],
  uniqueIndexes: readonly (readonly string[])[] = [],
) {
  collections += 1;
  const name = `c${collections}`;
  gateway.database.createCollection(name, { uniqueIndexes });
  await gateway.database.insert(
    name,
    documents.map((document) => ({ ...document })),
  );
  return { name, collection: db.collection(name), stored: () => gateway.database.documents(name) };
}

describe('transactions', () => {
  it('see the moment of their start, hide their writes until commit, and lock what they wrote', async () => {
    const { name, collection, stored } = await newCollection([
      { _id: 'a', n: 1 },
      { _id: 'b', n: 1 },
    ]);
    const transaction = await startTransaction();
    const inside = transaction.collection(name);
    await collection.doc('b').update({ data: { n: 2 } });
    expect(await inside.doc('b').get()).toMatchObject({ data: { n: 1 } });
    await inside.doc('a').update({ data: { n: 5 } });
    expect(await inside.doc('a').get()).toMatchObject({ data: { n: 5 } });
    expect(stored()).toEqual([
      { _id: 'a', n: 1 },
      { _id: 'b', n: 2 },
    ]);
    const arrived = gateway.requests.whenRequest({ action: 'database.modifyDocument', collection: name });
    const outside = collection.doc('a').update({ data: { m: 1 } });
    await arrived;
    await transaction.commit();
    await outside;
    expect(stored()).toEqual([
      { _id: 'a', n: 5, m: 1 },
      { _id: 'b', n: 2 },
    ]);
  });

  it('lose against the first writer and are then gone', async () => {
    const { name, collection } = await newCollection([{ _id: 'a', n: 1 }]);
    const transaction = await startTransaction();
    await collection.doc('a').update({ data: { n: 2 } });
    const late = transaction
      .collection(name)
      .doc('a')
      .update({ data: { n: 3 } });
    await expect(late).rejects.toThrow('TransactionConflict');
    await expect(transaction.commit()).rejects.toMatchObject({ code: 'DATABASE_TRANSACTION_FAIL' });
    expect(settled(await collection.get()).data).toEqual([{ _id: 'a', n: 2 }]);
  });

  it('are forgotten after 30 seconds, and free what they locked', async () => {
    const { name, collection, stored } = await newCollection([{ _id: 'a', n: 1 }]);
    const transaction = await startTransaction();
    await transaction
      .collection(name)
      .doc('a')
      .update({ data: { n: 2 } });
    timer.advance(30_000);
    await collection.doc('a').update({ data: { m: 1 } });
    await expect(transaction.commit()).rejects.toThrow('TransactionNotExist');
    expect(stored()).toEqual([{ _id: 'a', n: 1, m: 1 }]);
  });

  it('are run again by the SDK after a conflict at commit', async () => {
    const { name, stored } = await newCollection([{ _id: 'a', n: 1 }]);
    gateway.faults.add({
      match: { action: 'database.commitTransaction' },
      effect: {
        kind: 'error',
        code: 'DATABASE_TRANSACTION_CONFLICT',
        message: '[ResourceUnavailable.TransactionConflict]',
      },
    });
    let runs = 0;
    await db.runTransaction(async (transaction: unknown) => {
      runs += 1;
      if (!isTransaction(transaction)) throw new TypeError('the SDK started no transaction');
      await transaction
        .collection(name)
        .doc('a')
        .update({ data: { n: db.command.inc(1) } });
    });
    expect(runs).toBe(2);
    expect(stored()).toEqual([{ _id: 'a', n: 2 }]);
  });

  it('make a set() outside wait for the document they are about to make', async () => {
    const { name, collection, stored } = await newCollection([]);
    const transaction = await startTransaction();
    await transaction.collection(name).add({ data: { _id: 'a', n: 1 } });
    const arrived = gateway.requests.whenRequest({ action: 'database.modifyDocument', collection: name });
    const setting = collection.doc('a').set({ data: { n: 2 } });
    await arrived;
    await transaction.commit();
    expect(settled(await setting).stats).toEqual({ created: 0, updated: 1 });
    expect(stored()).toEqual([{ _id: 'a', n: 2 }]);
  });

  it('keep unique values apart from each other', async () => {
    const { name, stored } = await newCollection([], [['u']]);
    const [one, two] = [await startTransaction(), await startTransaction()];
    await one.collection(name).add({ data: { _id: 'a', u: 1 } });
    await expect(two.collection(name).add({ data: { _id: 'b', u: 1 } })).rejects.toThrow(
      'TransactionConflict',
    );
    await one.rollback();
    expect(stored()).toEqual([]);
  });
});
