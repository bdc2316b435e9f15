import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../lib/config/config';
import { KeyError } from '../lib/wechat/v3/keys/key-sources';
import { ROOT } from './build/bundle';
import { apiPage } from './build/api/page';
import { writeConsole } from './build/console';
import { buildFunctions } from './build/functions';
import { configJsonSchema } from './build/json-schema';
import { folderKeys } from './build/key-folder';
import { writeBillOfMaterials } from './build/sbom';
import { buildServer } from './build/server';
import { settingsIn } from './build/settings';

/** A simulated installation needs no keys; its cloud functions do not speak API v3. */
const simulatedKeys = { withoutKeys: true };

/**
 * `npm run build`: everything that is deployed, into `dist/`, `config.schema.json`, and docs/api.md
 * in both languages. With `--server`, only what a server needs: cloud functions with a merchant on
 * API v3 need its keys in `keys/`.
 */
async function main(): Promise<void> {
  const isServerOnly = process.argv.includes('--server');
  const config = settingsIn(ROOT, isServerOnly ? 'server' : 'cloud');
  writeFileSync(join(ROOT, 'config.schema.json'), configJsonSchema());
  for (const { name, bytes, packed } of await writeConsole(join(ROOT, 'dist', 'console'), config)) {
    console.log(`${name.padEnd(16)} console   ${kilobytes(bytes)} KB, ${kilobytes(packed)} KB packed`);
  }
  for (const { file, bytes } of await buildServer({ outDir: join(ROOT, 'dist', 'server') })) {
    console.log(`${file.padEnd(16)} server    ${kilobytes(bytes)} KB`);
  }
  if (config.quietHours !== null) console.log(`quiet hours: ${config.quietHours.says}`);
  const bill = writeBillOfMaterials(ROOT, join(ROOT, 'dist'));
  console.log(`sbom.json        ${bill.components.length} packages, with their licences in licences.csv`);
  if (isServerOnly) return;
  writeFileSync(join(ROOT, 'docs', 'api.md'), apiPage('en'));
  writeFileSync(join(ROOT, 'docs', 'api.zh-CN.md'), apiPage('zh'));
  const keys = config.simulator.enabled === true ? simulatedKeys : folderKeys(join(ROOT, 'keys'));
  const built = await buildFunctions({ outDir: join(ROOT, 'dist'), config, ...keys });
  for (const { name, kind, bytes } of built) {
    console.log(`${name.padEnd(16)} ${kind.padEnd(9)} ${kilobytes(bytes)} KB`);
  }
  console.log(
    'dist/cloudfunctions is for the WeChat developer tools, dist/cloudbaserc.json for the CloudBase CLI, dist/console for any static site, dist/server for your own machine (docs/server.md).',
  );
}

function kilobytes(bytes: number): string {
  return (bytes / 1024).toFixed(0).padStart(5);
}

main().catch((error: unknown) => {
  console.error(error instanceof ConfigError || error instanceof KeyError ? error.message : error);
  process.exitCode = 1;
});
