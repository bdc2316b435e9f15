import cloud from 'wx-server-sdk';
import { DUPLICATE_SHAPES } from './database/collections';
import { useFunctionEnvironment } from './function-environment';
import { startLoopbackCloudBase, type LoopbackCloudBase } from './gateway';
import { ONE_MEGABYTE } from './limits';
import { settled } from './sdk-results';
import { manualTimer } from './timer';

const timer = manualTimer();
let now = 1_000_000;
let gateway: LoopbackCloudBase;
let restore: () => void;
let db: ReturnType<typeof cloud.database>;

function newCollection(name: string) {
  gateway.database.createCollection(name);
  return db.collection(name);
}

async function idsIn(name: string): Promise<readonly unknown[]> {
  return settled(await db.collection(name).get()).data.map(({ _id }) => _id);
}

beforeAll(async () => {
  gateway = await startLoopbackCloudBase({ timer, clock: { now: () => now } });
  restore = useFunctionEnvironment(gateway);
  cloud.init({ env: gateway.envId });
  db = cloud.database();
});

afterEach(() => {
  for (const name of Object.keys(gateway.limits)) Reflect.deleteProperty(gateway.limits, name);
  expect(gateway.protocolErrors).toEqual([]);
});

afterAll(async () => {
  await gateway.stop();
  restore();
});

describe('the platform in the loopback', () => {
  it('lets reads miss young writes, and conditional updates meet the documents as they are', async () => {
    const items = newCollection('lag');
    await items.add({ data: { _id: 'old', n: 1 } });
    gateway.limits.readLagMs = 150;
    await items.add({ data: { _id: 'new', n: 1 } });
    await items.where({ _id: 'old' }).update({ data: { n: 2 } });
    await items.where({ _id: 'old' }).update({ data: { n: 3 } });
    expect(await idsIn('lag')).toEqual(['old']);
    expect(settled(await items.where({ n: 3 }).count()).total).toBe(0);
    expect(settled(await items.where({ n: 3 }).update({ data: { n: 4 } })).stats.updated).toBe(1);
    now += 150;
    expect(settled(await items.where({ n: 4 }).count()).total).toBe(1);
    await items.where({ _id: 'new' }).remove();
    expect(await idsIn('lag')).toEqual(['old', 'new']);
    gateway.database.catchUp();
    expect(await idsIn('lag')).toEqual(['old']);
  });

  it('lets updates of many documents come in between each other', async () => {
    const items = newCollection('between');
    for (let n = 0; n < 20; n += 1) await items.add({ data: { _id: `d${n}`, by: '' } });
    gateway.limits.interleaves = true;
    const claims = await Promise.all(
      ['a', 'b'].map(async (by) => settled(await items.where({ by: '' }).update({ data: { by } }))),
    );
    const counts = claims.map(({ stats }) => stats.updated);
    expect(counts[0]).toBeGreaterThan(0);
    expect(counts[1]).toBeGreaterThan(0);
    expect(counts.reduce((sum, one) => sum + one, 0)).toBe(20);
  });

  it('refuses more connections and more requests a second than there are, and does nothing', async () => {
    const items = newCollection('load');
    gateway.limits.connections = 1;
    gateway.limits.countMs = 10;
    const slow = items.count();
    await gateway.requests.whenRequest({ action: 'database.calculateDocument' });
    await expect(items.add({ data: { _id: 'a' } })).rejects.toMatchObject({ errCode: -501004 });
    timer.advance(10);
    expect(settled(await slow).total).toBe(0);
    gateway.limits.connections = 10;
    gateway.limits.requestsPerSecond = 1;
    await items.add({ data: { _id: 'a' } });
    await expect(items.add({ data: { _id: 'b' } })).rejects.toMatchObject({ errCode: -501003 });
    now += 1_000;
    expect(await idsIn('load')).toEqual(['a']);
  });

  it('refuses a result over 1 MB, odd ids and keys that begin with $', async () => {
    const items = newCollection('sizes');
    for (const _id of ['a', 'b']) await items.add({ data: { _id, text: 'x'.repeat(600_000) } });
    gateway.limits.resultBytes = ONE_MEGABYTE;
    await expect(items.get()).rejects.toThrow('-602001');
    expect(settled(await items.limit(1).get()).data).toHaveLength(1);
    gateway.limits.idBytes = 10;
    gateway.limits.idCharacters = /^\w+$/;
    await expect(items.add({ data: { _id: 'x'.repeat(11) } })).rejects.toMatchObject({ errCode: -502001 });
    await expect(items.add({ data: { _id: 'a b' } })).rejects.toMatchObject({ errCode: -502001 });
    for (const data of [
      { _id: 'k', $key: 1 },
      { _id: 'k', deep: [{ $key: 1 }] },
    ]) {
      await expect(items.add({ data })).rejects.toThrow('invalid key $key');
    }
    expect(await idsIn('sizes').catch(() => 'too large')).toBe('too large');
  });

  it.each(DUPLICATE_SHAPES)('words a duplicate as %s', async (duplicates) => {
    gateway.database.behaviour.duplicates = duplicates;
    const items = newCollection(`duplicate_${duplicates}`);
    await items.add({ data: { _id: 'a' } });
    gateway.database.behaviour.hasMattered = false;
    let error: unknown;
    try {
      await items.add({ data: { _id: 'a' } });
    } catch (reason) {
      error = reason;
    }
    // A Store's case that met one is played with the other words too.
    expect(gateway.database.behaviour.hasMattered).toBe(true);
    const saysSo = /E11000|duplicate|DuplicateWrite/i.test(String(error));
    expect(saysSo).toBe(!['http_409', 'chinese', 'unworded'].includes(duplicates));
    expect(await idsIn(`duplicate_${duplicates}`)).toEqual(['a']);
  });
});
