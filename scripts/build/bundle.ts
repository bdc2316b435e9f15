import { join } from 'node:path';
import { build } from 'esbuild';
import type { Config } from '../../lib/config/config-schema';
import { absentParts } from './absent-parts';

/** The top of this repository. */
export const ROOT = join(__dirname, '..', '..');

/** One function as one file. */
export interface Bundle {
  /** Bytes of the file. */
  readonly bytes: number;
  /** Every source file whose code is in it, relative to the repository. */
  readonly inputs: readonly string[];
}

/**
 * Bundles one entry point, with every package it uses, into `outfile` for Node 18 (CommonJS). The settings go in as a constant.
 * Class names are kept: the SDK's errors are told apart in the log by them. Rejects when something does not build.
 */
export async function bundleFunction(options: {
  readonly entry: string;
  readonly outfile: string;
  readonly config: Config;
  /** True for a function that only inserts into the inbox, where every millisecond of a cold start counts. */
  readonly callback: boolean;
  /** Packages to leave to `require`, for comparisons. */
  readonly external?: readonly string[];
}): Promise<Bundle> {
  const external = [...(options.external ?? [])];
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [options.entry],
    outfile: options.outfile,
    bundle: true,
    platform: 'node',
    target: 'node18',
    format: 'cjs',
    minify: true,
    keepNames: true,
    charset: 'utf8',
    metafile: true,
    logLevel: 'warning',
    define: { WXPAY_INBOX_CONFIG: JSON.stringify(options.config) },
    alias: {
      pino: './node_modules/pino/browser.js',
      // Types of files by their ending: the SDK sends no files with one, and the table is 150 KB.
      'mime-db': './scripts/build/no-mime-types.cjs',
    },
    external,
    plugins: external.length > 0 ? [] : [absentParts(options.callback)],
  });
  const [output] = Object.values(metafile.outputs);
  if (!output) throw new Error(`esbuild wrote nothing for ${options.entry}`);
  const inputs = Object.entries(output.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  return { bytes: output.bytes, inputs: inputs.map(([path]) => path).sort() };
}
