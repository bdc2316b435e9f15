import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');

/**
 * What Node is told so that it runs a program of this repository: its bundle, where Jest has made
 * it (compile.cjs names the programs), and otherwise the TypeScript itself. `file`: from the root,
 * or whole.
 */
export function nodeRuns(file: string): readonly string[] {
  return process.env['WXPAY_COMPILED'] === undefined
    ? ['--import', 'tsx', resolve(ROOT, file)]
    : [compiled(file)];
}

/**
 * The bundle of a program of this repository. Throws where there is none: outside Jest, and for a
 * program that compile.cjs does not name.
 */
export function compiled(file: string): string {
  const folder = process.env['WXPAY_COMPILED'];
  if (folder === undefined) throw new Error('Jest has compiled nothing: see test/compiled/compile.cjs');
  const bundle = join(folder, relative(ROOT, resolve(ROOT, file))).replace(/\.ts$/, '.js');
  if (!existsSync(bundle))
    throw new Error(`Jest has not compiled ${file}: name it in test/compiled/compile.cjs`);
  return bundle;
}
