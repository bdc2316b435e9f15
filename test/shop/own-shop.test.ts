import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { readConfig } from '../../lib/config/config';
import { bundleFunction, ROOT } from '../../scripts/build/bundle';
import { newBundleFolder } from '../build/bundle-folder';

/** Whose hooks something uses: the merchant's, or those of test/shop. */
const TESTS_OWN = join(ROOT, 'test', 'shop', 'price.ts');
const MERCHANTS = join(ROOT, 'merchant', 'price.ts');

test('suites, processes and bundles of tests have a shop of their own, and only they', async () => {
  expect(require.resolve('#merchant/price')).toBe(TESTS_OWN);
  expect(resolvedBy(['-C', 'test-shop'])).toBe(TESTS_OWN);
  expect(resolvedBy([])).toBe(MERCHANTS);
  expect(await hooksIn('test')).toEqual(['test/shop/price.ts']);
  expect(await hooksIn('merchant')).toEqual(['merchant/price.ts']);
});

function resolvedBy(options: readonly string[]): string {
  const script = 'process.stdout.write(require.resolve("#merchant/price"))';
  const args = [...options, '--import', 'tsx', '-e', script];
  return execFileSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
}

async function hooksIn(shop: 'merchant' | 'test'): Promise<readonly string[]> {
  const folder = newBundleFolder('shop');
  try {
    const { inputs } = await bundleFunction({
      entry: 'functions/createOrder/index.ts',
      outfile: join(folder, 'index.js'),
      config: readConfig({ merchants: [{ subMchId: '1900000109' }] }),
      callback: false,
      external: ['wx-server-sdk', '@cloudbase/node-sdk'],
      shop,
    });
    return inputs.filter((file) => /^(merchant|test\/shop)\//.test(file));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
