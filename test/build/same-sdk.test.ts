import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { readConfig } from '../../lib/config/config';
import { isRecord } from '../../lib/values/json';
import { bundleFunction, ROOT } from '../../scripts/build/bundle';
import type { FaultEffect } from '../cloudbase/faults';
import { startFunction } from '../cloudbase/function-runner';
import { startLoopbackCloudBase } from '../cloudbase/gateway';
import { ORIGINS } from './shop';
import { newBundleFolder } from './bundle-folder';

// Building and starting functions waits for a processor that others use too.
jest.setTimeout(120_000);

/*
 * The callback's bundle omits parts of the SDK. The rest must behave towards CloudBase exactly like
 * the SDK from npm, so both run through the same story.
 */

const dir = newBundleFolder('same');
const config = readConfig({ merchants: [{ subMchId: '1900000109' }] });
const entry = 'functions/payCallback/index.ts';

beforeAll(async () => {
  const external = ['wx-server-sdk', '@cloudbase/node-sdk'];
  await bundleFunction({ entry, outfile: join(dir, 'trimmed.js'), config, callback: true });
  await bundleFunction({ entry, outfile: join(dir, 'whole.js'), config, callback: true, external });
});
afterAll(() => rmSync(dir, { recursive: true }));

const EVENT = {
  outTradeNo: 'T1',
  transactionId: '4200',
  totalFee: 1,
  subMchId: '1900000109',
  attach: '付款"$x',
};

const STORY: readonly (FaultEffect | null)[] = [
  { kind: 'error', code: 'DATABASE_REQUEST_FAILED', message: 'no' },
  { kind: 'error', code: 'DATABASE_COLLECTION_NOT_EXIST', message: 'collection not exist' },
  { kind: 'error', code: 'EXCEED_REQUEST_LIMIT', message: 'too much' },
  { kind: 'http', status: 500, body: 'oops' },
  { kind: 'malformed' },
  { kind: 'empty' },
  { kind: 'cutAfter' },
  null,
  { kind: 'cutBefore' },
];

/** What one build sends, answers and logs, deliveries' own ids and times left out. */
async function told(build: 'trimmed' | 'whole'): Promise<object> {
  const cloud = await startLoopbackCloudBase();
  cloud.database.createCollection('wxpay_inbox');
  const instance = await startFunction({
    bundle: join(dir, `${build}.js`),
    name: 'payCallback',
    gatewayUrl: cloud.url,
    timeLimitMs: 30_000,
    env: { NODE_PATH: join(ROOT, 'node_modules') },
  });
  try {
    const errcodes: unknown[] = [];
    for (const effect of STORY) {
      if (effect) cloud.faults.add({ match: { collection: 'wxpay_inbox' }, effect });
      const answer = await instance.invoke(EVENT, ORIGINS.payCallback);
      errcodes.push(isRecord(answer) ? answer['errcode'] : answer);
    }
    await instance.kill('SIGTERM');
    return {
      errcodes,
      requests: timeless(JSON.stringify(cloud.requests.records.map(({ fields }) => fields))),
      log: timeless(instance.output()),
      protocolErrors: cloud.protocolErrors,
    };
  } finally {
    await instance.stop();
    await cloud.stop();
  }
}

function timeless(text: string): string {
  return text
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'id')
    .replaceAll(/"time":"[^"]+"/g, '"time"')
    .replaceAll(/\d{13}/g, 'ms');
}

it('the trimmed SDK says and understands what the whole one does', async () => {
  const [trimmed, whole] = await Promise.all([told('trimmed'), told('whole')]);
  expect(trimmed).toEqual(whole);
  expect(trimmed).toMatchObject({
    // Stored from the third on: a refused request is repeated, and then the message is there.
    errcodes: [50301, 50301, 0, 0, 0, 0, 0, 0, 0],
    protocolErrors: [],
  });
});
