import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A new folder for bundles, with a package.json of its own as every built function has. Node looks for one upwards from what it loads:
 * without it a file that somebody left beside the folder would decide, or break, how a bundle is loaded.
 */
export function newBundleFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `wxpay-inbox-${name}-`));
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  return folder;
}
