import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * The folder of a build that several suites use as it is, made by the first that asks. Jest removes
 * it after the last suite, with the folder for temporary files. `build` writes into the folder it
 * is given; a failure of it is thrown, and the next suite builds anew.
 */
export async function builtOnce(name: string, build: (outDir: string) => Promise<unknown>): Promise<string> {
  const common = join(tmpdir(), `common-${name}`);
  if (existsSync(common)) return common;
  const outDir = mkdtempSync(join(tmpdir(), 'wxpay-inbox-build-'));
  await build(outDir);
  try {
    renameSync(outDir, common);
  } catch (error) {
    // Another suite was faster. Its build is the same.
    if (!existsSync(common)) throw error;
    rmSync(outDir, { recursive: true });
  }
  return common;
}
