import { join, relative, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');

/**
 * What Node is told so that it runs a file of this repository: its JavaScript, where Jest has
 * compiled it (compile.cjs), and otherwise the TypeScript itself. `file`: from the root, or whole.
 */
export function nodeRuns(file: string): readonly string[] {
  return process.env['WXPAY_COMPILED'] === undefined
    ? ['--import', 'tsx', resolve(ROOT, file)]
    : [compiled(file)];
}

/** The JavaScript of a file of this repository. Throws outside Jest, where nothing is compiled. */
export function compiled(file: string): string {
  const folder = process.env['WXPAY_COMPILED'];
  if (folder === undefined) throw new Error('Jest has compiled nothing: see test/compiled/compile.cjs');
  return join(folder, relative(ROOT, resolve(ROOT, file))).replace(/\.ts$/, '.js');
}
