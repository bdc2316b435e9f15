import { parseJson } from '../lib/values/json';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, readConfig } from '../lib/config/config';
import { ROOT } from './build/bundle';
import { writeConsole } from './build/console';
import { buildFunctions } from './build/functions';
import { configJsonSchema } from './build/json-schema';
import { buildServer } from './build/server';

/** `npm run build`: everything that is deployed, into `dist/`, and `config.schema.json`. */
async function main(): Promise<void> {
  const config = readConfig(parsed(readFileSync(join(ROOT, 'config.json'), 'utf8')));
  writeFileSync(join(ROOT, 'config.schema.json'), configJsonSchema());
  const built = await buildFunctions({ outDir: join(ROOT, 'dist'), config });
  for (const { name, kind, bytes } of built) {
    console.log(`${name.padEnd(16)} ${kind.padEnd(9)} ${kilobytes(bytes)} KB`);
  }
  for (const { name, bytes, packed } of await writeConsole(join(ROOT, 'dist', 'console'), config)) {
    console.log(`${name.padEnd(16)} console   ${kilobytes(bytes)} KB, ${kilobytes(packed)} KB packed`);
  }
  for (const { file, bytes } of await buildServer({ outDir: join(ROOT, 'dist', 'server') })) {
    console.log(`${file.padEnd(16)} server    ${kilobytes(bytes)} KB`);
  }
  console.log(
    'dist/cloudfunctions is for the WeChat developer tools, dist/cloudbaserc.json for the CloudBase CLI, dist/console for any static site, dist/server for your own machine (docs/server.md).',
  );
}

function kilobytes(bytes: number): string {
  return (bytes / 1024).toFixed(0).padStart(5);
}

function parsed(text: string): unknown {
  const value = parseJson(text);
  if (value !== undefined) return value;
  throw new ConfigError('config.json is not JSON: check for a missing comma or quote');
}

main().catch((error: unknown) => {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exitCode = 1;
});
