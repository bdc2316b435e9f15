import { join, relative, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');

/**
 * What Node is told so that it runs a file of this repository: its JavaScript, where Jest has
 * compiled it (compile.cjs), and otherwise the TypeScript itself. `file`: from the root, or whole.
 */
export function nodeRuns(file: string): readonly string[] {
  const folder = process.env['WXPAY_COMPILED'];
  const path = resolve(ROOT, file);
  return folder === undefined
    ? ['--import', 'tsx', path]
    : [join(folder, relative(ROOT, path)).replace(/\.ts$/, '.js')];
}
