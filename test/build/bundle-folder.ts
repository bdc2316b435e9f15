import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A new folder for bundles, with its own package.json like every built function. Node searches
 * upwards for one: without it, a file beside the folder could decide, or break, how a bundle is
 * loaded.
 */
export function newBundleFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `wxpay-inbox-${name}-`));
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  return folder;
}
