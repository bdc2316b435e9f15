import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { readConfig } from '../../lib/config/config';
import { bundleFunction } from '../../scripts/build/bundle';
import { startFunction } from '../cloudbase/function-runner';
import { startLoopbackCloudBase } from '../cloudbase/gateway';
import { ORIGINS } from './shop';
import { newBundleFolder } from './bundle-folder';

it("a worker's bundle has the parts of the SDK that statements are kept with", async () => {
  const dir = newBundleFolder('archive');
  const outfile = join(dir, 'index.js');
  const config = readConfig({ merchants: [{ subMchId: '1900000109' }] });
  const entry = 'test/build/fixtures/archives-statement.ts';
  await bundleFunction({ entry, outfile, config, callback: false });
  const cloud = await startLoopbackCloudBase();
  const instance = await startFunction({ bundle: outfile, name: 'processInbox', gatewayUrl: cloud.url });
  try {
    const answer = await instance.invoke({}, ORIGINS.timer);
    const [kept] = cloud.storage.files.keys();
    expect(kept).toMatch(/^wxpay-statements\/1900000109\/19700101-[0-9a-f]{32}\.csv$/);
    expect(answer).toEqual({ ok: true, location: cloud.storage.fileId(kept ?? ''), text: '对账单' });
    expect(cloud.protocolErrors).toEqual([]);
  } finally {
    await instance.stop();
    await cloud.stop();
    rmSync(dir, { recursive: true });
  }
});
