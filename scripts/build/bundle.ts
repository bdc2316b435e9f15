import { join, parse, relative, resolve } from 'node:path';
import { build } from 'esbuild';
import type { Config } from '../../lib/config/config-schema';
import { absentParts } from './absent-parts';

/** The root of this repository. */
export const ROOT = join(__dirname, '..', '..');

/** One function as one file. */
export interface Bundle {
  /** Bytes of the file. */
  readonly bytes: number;
  /** Every source file with code in it, relative to the repository. */
  readonly inputs: readonly string[];
}

/** The options all bundles share. */
interface Make {
  readonly config: Config;
  /**
   * True for functions that only insert into the inbox, where every millisecond of a cold start
   * counts.
   */
  readonly callback: boolean;
  /**
   * Which `price.ts` and `fulfill.ts` to include: those of merchant/, unless a test builds its own
   * shop.
   */
  readonly shop?: 'merchant' | 'test';
  /** Without the keys of API v3, a function does not carry that channel. */
  readonly withoutKeys?: boolean;
  /** Packages to leave to `require`, for comparisons. */
  readonly external?: readonly string[];
}

/** An entry point, and the path of its bundle under the common folder, without `.js`. */
interface EntryPoint {
  readonly entry: string;
  readonly out: string;
}

/** Whether an installation has a merchant on API v3: only then its bundles carry that channel. */
export function hasV3({ merchants }: Config): boolean {
  return merchants.some(({ channel }) => channel.kind === 'v3');
}

/**
 * Bundles one entry point, with every package it uses, into `outfile` for Node 18 (CommonJS). The
 * settings are inlined as a constant. Names of functions and classes are not kept: an error that is
 * logged states its name itself. Rejects when something does not build.
 */
export async function bundleFunction(
  options: Make & { readonly entry: string; readonly outfile: string },
): Promise<Bundle> {
  const { dir, name } = parse(options.outfile);
  const [bundle] = await bundleFunctions([{ entry: options.entry, out: name }], { ...options, outDir: dir });
  if (!bundle) throw new Error(`esbuild wrote nothing for ${options.entry}`);
  return bundle;
}

/**
 * Bundles several entry points like `bundleFunction`, in the given order. They share no file, but
 * their imports are read and parsed once: all functions together take a quarter of the processor
 * time of separate builds.
 */
export async function bundleFunctions(
  entryPoints: readonly EntryPoint[],
  options: Make & { readonly outDir: string },
): Promise<readonly Bundle[]> {
  const external = [...(options.external ?? [])];
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: entryPoints.map(({ entry, out }) => ({ in: entry, out })),
    outdir: options.outDir,
    bundle: true,
    platform: 'node',
    target: 'node18',
    format: 'cjs',
    // Nothing reads the names of functions. Keeping them made bundles 5 % larger, and defined each
    // closure's name at run time.
    minify: true,
    charset: 'utf8',
    metafile: true,
    logLevel: 'warning',
    define: { WXPAY_INBOX_CONFIG: JSON.stringify(options.config) },
    alias: {
      pino: './node_modules/pino/browser.js',
      // File types by extension: the SDK sends no such files, and the table is 150 KB.
      'mime-db': './scripts/build/no-mime-types.cjs',
    },
    conditions: conditionsOf(options),
    external,
    plugins: external.length > 0 ? [] : [absentParts(options.callback)],
  });
  const outputs = new Map(
    Object.values(metafile.outputs).flatMap((output) =>
      output.entryPoint === undefined ? [] : [[output.entryPoint, output] as const],
    ),
  );
  return entryPoints.map(({ entry }) => {
    const output = outputs.get(relative(ROOT, resolve(ROOT, entry)));
    if (!output) throw new Error(`esbuild wrote nothing for ${entry}`);
    const inputs = Object.entries(output.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
    return { bytes: output.bytes, inputs: inputs.map(([path]) => path).sort() };
  });
}

/** Which code the names of `imports` in package.json stand for. */
function conditionsOf({ config, shop, withoutKeys = false }: Make): string[] {
  const v3 = hasV3(config);
  const hasCloudPay = config.merchants.some(({ channel }) => channel.kind === 'cloudpay');
  return [
    'module',
    ...(shop === 'test' ? ['test-shop'] : []),
    ...(v3 ? ['v3'] : []),
    ...(v3 && !withoutKeys ? ['call-v3'] : []),
    ...(hasCloudPay ? [] : ['no-cloudpay']),
    ...(config.tracing === null ? [] : ['trace']),
  ];
}
