import { openCloudArchive, type CloudFiles } from '../../lib/archive/cloudbase/archive';
import { systemTimers, type Timers } from '../../lib/runtime/timers';
import type { StatementArchive } from '../../lib/statement/run/archive';
import { dayOf } from '../../lib/values/day';
import { isRecord } from '../../lib/values/json';
import type { FaultEffect } from '../cloudbase/faults';
import { useFunctionEnvironment } from '../cloudbase/function-environment';
import { startLoopbackCloudBase, type LoopbackCloudBase } from '../cloudbase/gateway';
import { MERCHANT, START } from '../store/builders';
import { newInstance } from '../store/cloudbase/harness';
import {
  contentOf,
  describeArchive,
  refusal,
  rejectionOf,
  STATEMENT,
  type ArchiveHarness,
} from './conformance';

const DAY = dayOf(START);
const PATH = /^wxpay-statements\//;

interface CloudHarness extends ArchiveHarness {
  readonly gateway: LoopbackCloudBase;
  readonly opened: (timers: Timers) => StatementArchive;
}

async function openHarness(): Promise<CloudHarness> {
  const gateway = await startLoopbackCloudBase();
  const restoreEnvironment = useFunctionEnvironment(gateway);
  const opened = (timers: Timers): StatementArchive =>
    openCloudArchive({ files: newFiles(gateway), timers, timeoutMs: 5_000 });
  const names = () => [...gateway.storage.files.keys()].sort();
  return {
    gateway,
    opened,
    archive: opened(systemTimers),
    reopened: () => opened(systemTimers),
    names,
    tamper: ({ location }, bytes) => {
      const path = names().find((name) => gateway.storage.fileId(name) === location);
      if (path === undefined) throw new Error(`there is no ${location}`);
      gateway.storage.tamper(path, bytes);
    },
    breakOff: () => {
      const fault = gateway.faults.add({
        match: { action: 'storage.put' },
        effect: { kind: 'cutBefore' },
      });
      return () => fault.release();
    },
    close: async () => {
      await gateway.stop();
      restoreEnvironment();
      expect(gateway.protocolErrors).toEqual([]);
    },
  };
}

function newFiles(gateway: LoopbackCloudBase): CloudFiles {
  const cloud: unknown = newInstance(gateway, 5_000);
  if (!isFiles(cloud)) throw new TypeError('this SDK instance has no storage');
  return cloud;
}

function isFiles(value: unknown): value is CloudFiles {
  return isRecord(value) && typeof value['uploadFile'] === 'function';
}

describeArchive('Cloud storage', openHarness);

describe('Cloud storage as an archive', () => {
  let harness: CloudHarness;
  beforeEach(async () => {
    harness = await openHarness();
  });
  afterEach(() => harness.close());

  const strike = (action: string, effect: FaultEffect) =>
    harness.gateway.faults.add({ match: { action }, effect });
  const keep = () => harness.archive.keep(MERCHANT, DAY, STATEMENT);

  it("keeps apart from the merchant's own files", async () => {
    await keep();
    expect(harness.names()).toEqual([expect.stringMatching(PATH)]);
  });

  it.each<[string, FaultEffect]>([
    ['is refused', { kind: 'error', code: 'STORAGE_EXCEED_AUTHORITY', message: 'no' }],
    ['is cut off', { kind: 'cutBefore' }],
    ['is answered by a proxy', { kind: 'http', status: 502, body: 'Bad Gateway' }],
    ['is answered by nothing', { kind: 'empty' }],
  ])(
    'does not count as removed a file whose removal %s, and removes it the next time',
    async (_what, effect) => {
      const file = await keep();
      const fault = strike('storage.batchDeleteFile', effect);
      const forget = () => harness.archive.forget(MERCHANT, DAY, file);
      expect(await rejectionOf(forget)).toBe('unavailable');
      expect(fault.hits()).toBe(1);
      await forget();
      expect(harness.names()).toEqual([]);
    },
  );

  it('costs 4 requests to keep a file, 2 to read and 1 to remove it', async () => {
    const { gateway, archive } = harness;
    const file = await keep();
    expect(gateway.countRequests()).toBe(4);
    await archive.read(file);
    expect(gateway.countRequests()).toBe(6);
    await archive.forget(MERCHANT, DAY, file);
    expect(gateway.countRequests()).toBe(7);
  });

  it.each<[string, string, FaultEffect]>([
    [
      'is not granted',
      'storage.getUploadMetadata',
      { kind: 'error', code: 'STORAGE_EXCEED_AUTHORITY', message: 'no' },
    ],
    ['is refused', 'storage.put', { kind: 'error', code: 'AccessDenied', message: 'no' }],
    ['is cut off', 'storage.put', { kind: 'cutBefore' }],
    ['arrives and is not answered', 'storage.put', { kind: 'cutAfter' }],
    ['is answered by a proxy', 'storage.put', { kind: 'http', status: 502, body: 'Bad Gateway' }],
    // The SDK calls both of these a success.
    ['fails without a word', 'storage.put', { kind: 'http', status: 500 }],
    ['is answered and lost', 'storage.put', { kind: 'empty' }],
    ['cannot be read back', 'storage.get', { kind: 'http', status: 503 }],
    ['is not found afterwards', 'storage.get', { kind: 'http', status: 404 }],
    ['comes back as another', 'storage.get', { kind: 'http', status: 200, body: 'something else' }],
  ])(
    'does not count as kept a file whose upload %s, and keeps it the next time',
    async (_what, action, effect) => {
      const fault = strike(action, effect);
      expect(['unavailable', 'not_found']).toContain(await rejectionOf(keep));
      expect(fault.hits()).toBe(1);
      expect((await contentOf(await harness.archive.read(await keep()))).equals(STATEMENT)).toBe(true);
    },
  );

  it.each<[string, string, FaultEffect, string]>([
    [
      'the link is refused',
      'storage.batchGetDownloadUrl',
      { kind: 'error', code: 'SYS_ERR', message: 'no' },
      'unavailable',
    ],
    ['the storage fails', 'storage.get', { kind: 'http', status: 500 }, 'unavailable'],
    ['the link has expired', 'storage.get', { kind: 'http', status: 403 }, 'unavailable'],
    ['the transfer breaks', 'storage.get', { kind: 'cutBefore' }, 'unavailable'],
    ['the storage has lost it', 'storage.get', { kind: 'http', status: 404 }, 'not_found'],
  ])('tells a file that is gone from one that cannot be had now: %s', async (_what, action, effect, code) => {
    const { archive } = harness;
    const file = await keep();
    strike(action, effect);
    expect(await refusal(archive, file)).toBe(code);
    expect((await contentOf(await archive.read(file))).equals(STATEMENT)).toBe(true);
  });

  it('shows nobody the signed address of a file', async () => {
    const { archive, gateway } = harness;
    const file = await keep();
    strike('storage.get', { kind: 'http', status: 403 });
    const reading = archive.read(file);
    await expect(reading).rejects.toThrow('could not be downloaded (STORAGE_REQUEST_FAIL, HTTP 403)');
    await expect(reading).rejects.not.toThrow(new URL(gateway.url).host);
    await expect(reading).rejects.not.toHaveProperty('cause');
  });

  it.each(['storage.put', 'storage.get'])(
    'does not wait without end for a %s that stalls',
    async (action) => {
      let timeIsUp = (): void => undefined;
      const timers: Timers = {
        after: (_ms, then) => {
          timeIsUp = then;
          return () => undefined;
        },
      };
      const stalled = strike(action, { kind: 'hang' });
      const keeping = rejectionOf(() => harness.opened(timers).keep(MERCHANT, DAY, STATEMENT));
      await stalled.struck;
      timeIsUp();
      expect(await keeping).toBe('unavailable');
    },
  );
});
