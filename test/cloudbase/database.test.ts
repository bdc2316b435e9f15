import cloud from 'wx-server-sdk';
import { useFunctionEnvironment } from './function-environment';
import { startLoopbackCloudBase, type LoopbackCloudBase } from './gateway';

let gateway: LoopbackCloudBase;
let restore: () => void;

beforeAll(async () => {
  gateway = await startLoopbackCloudBase();
  restore = useFunctionEnvironment(gateway);
  cloud.init({ env: gateway.envId });
});

afterAll(async () => {
  await gateway.stop();
  restore();
  expect(gateway.protocolErrors).toEqual([]);
});

describe('documents through the real SDK', () => {
  it('keeps dates, integers beyond 32 bits and fractions as they were', async () => {
    gateway.database.createCollection('values');
    const db = cloud.database();
    const data = {
      _id: 'v1',
      at: new Date(1_714_979_289_010),
      big: 3_000_000_000,
      half: 1.5,
      none: null,
      list: [1, 'a'],
    };
    await db.collection('values').add({ data });
    const { data: read } = settled(await db.collection('values').doc('v1').get());
    expect(read).toEqual(data);
  });
});

/** The SDK's types allow for callbacks, which we never use: without one the result is always there. */
function settled<Result extends object>(result: Result | string | void): Result {
  if (typeof result !== 'object') throw new TypeError('the SDK answered with nothing');
  return result;
}
