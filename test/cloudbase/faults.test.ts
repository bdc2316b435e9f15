import cloud from 'wx-server-sdk';
import { useFunctionEnvironment } from './function-environment';
import { startLoopbackCloudBase, type LoopbackCloudBase } from './gateway';
import { settled } from './sdk-results';
import { manualTimer, type ManualTimer } from './timer';

let gateway: LoopbackCloudBase;
let timer: ManualTimer;
let restore: () => void;

beforeEach(async () => {
  timer = manualTimer();
  gateway = await startLoopbackCloudBase({ timer });
  gateway.database.createCollection('inbox');
  restore = useFunctionEnvironment(gateway);
  cloud.init({ env: gateway.envId });
});

afterEach(async () => {
  await gateway.stop();
  restore();
  expect(gateway.protocolErrors).toEqual([]);
});

const INSERT = { action: 'database.insertDocument', collection: 'inbox' };
const add = (id: string) =>
  cloud
    .database()
    .collection('inbox')
    .add({ data: { _id: id } });
const stored = () => gateway.database.documents('inbox').map(({ _id }) => _id);

describe('faults', () => {
  it('lose the answer of a write that took effect', async () => {
    gateway.faults.add({ match: INSERT, effect: { kind: 'cutAfter' } });
    await expect(add('a')).rejects.toMatchObject({ errCode: -501001 });
    expect(stored()).toEqual(['a']);
    await add('b');
  });

  it('cut the connection before a write takes effect', async () => {
    gateway.faults.add({ match: INSERT, effect: { kind: 'cutBefore' } });
    await expect(add('a')).rejects.toThrow('socket hang up');
    expect(stored()).toEqual([]);
  });

  it('answer with the errors of CloudBase', async () => {
    for (const [code, errCode] of [
      ['EXCEED_REQUEST_LIMIT', -501003],
      ['EXCEED_CONCURRENT_REQUEST_LIMIT', -501004],
      ['DATABASE_REQUEST_FAILED', -502001],
    ] as const) {
      gateway.faults.add({ effect: { kind: 'error', code, message: 'on purpose' } });
      await expect(add('a')).rejects.toMatchObject({ errCode });
    }
    expect(stored()).toEqual([]);
  });

  it('answer with HTTP errors, half an answer or none', async () => {
    gateway.faults.add({ effect: { kind: 'http', status: 503 } });
    await expect(add('a')).rejects.toThrow('503 Service Unavailable');
    gateway.faults.add({ effect: { kind: 'malformed', applied: true } });
    await expect(add('b')).rejects.toMatchObject({ errCode: -1 });
    gateway.faults.add({ effect: { kind: 'empty' } });
    await expect(add('c')).rejects.toMatchObject({ errCode: -1 });
    expect(stored()).toEqual(['b']);
  });

  it('strike only what they match, from the nth on, as often as asked', async () => {
    gateway.database.createCollection('other');
    const fault = gateway.faults.add({
      match: { ...INSERT, nth: 2 },
      times: 2,
      effect: { kind: 'cutBefore' },
    });
    await cloud.database().collection('other').add({ data: {} });
    const outcomes = [];
    for (const id of ['a', 'b', 'c', 'd']) {
      const adding = Promise.resolve(add(id));
      outcomes.push(
        await adding.then(
          () => 'ok',
          () => 'lost',
        ),
      );
    }
    expect(outcomes).toEqual(['ok', 'lost', 'lost', 'ok']);
    expect(fault.hits()).toBe(2);
  });

  it('hold an answer until released, the write having taken effect', async () => {
    const fault = gateway.faults.add({ match: INSERT, effect: { kind: 'hang', applied: true } });
    const adding = add('a');
    await fault.struck;
    expect(stored()).toEqual(['a']);
    fault.release();
    expect(settled(await adding)._id).toBe('a');
  });

  it('hold a request until released, before it takes effect', async () => {
    const fault = gateway.faults.add({ match: INSERT, effect: { kind: 'hang' } });
    const adding = add('a');
    await fault.struck;
    expect(stored()).toEqual([]);
    gateway.faults.release();
    await adding;
    expect(stored()).toEqual(['a']);
  });

  it('delay by the timer they were given', async () => {
    const fault = gateway.faults.add({ effect: { kind: 'delay', ms: 5_000 } });
    const adding = add('a');
    await fault.struck;
    timer.advance(4_999);
    expect(stored()).toEqual([]);
    timer.advance(1);
    await adding;
    expect(stored()).toEqual(['a']);
  });
});

describe('the request log', () => {
  it('counts requests by what they were, since the last reset or since a request', async () => {
    await add('a');
    await cloud.database().collection('inbox').where({ _id: 'a' }).count();
    expect(gateway.countRequests()).toBe(2);
    expect(gateway.countRequests(INSERT)).toBe(1);
    const [first] = gateway.requests.records;
    expect(first).toMatchObject({ ...INSERT, order: 1 });
    expect(gateway.countRequests({ since: 1 })).toBe(1);
    gateway.resetCount();
    expect(gateway.countRequests()).toBe(0);
  });

  it('tells of the nth matching request from now on', async () => {
    const second = gateway.requests.whenRequest(INSERT, 2);
    await add('a');
    await add('b');
    await expect(second).resolves.toMatchObject({ order: 2 });
  });
});
