import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/**
 * Starts the accountant's command from a bundle, so that a small match takes little longer than
 * starting Node: loading the TypeScript took a second. The bundle is made when a source is new and
 * kept among the caches of node_modules. Where that is not possible, the TypeScript itself runs.
 */
const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const SOURCES = [
  'accountant',
  'lib/values',
  'lib/model',
  'lib/bill',
  'lib/statement/compare',
  'lib/statement/cash',
];

function sourcesOf(folder) {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

/** Changes with every source, with this file, with the packages and with Node. */
function version() {
  const files = [
    ...SOURCES.flatMap(sourcesOf),
    fileURLToPath(import.meta.url),
    join(ROOT, 'package-lock.json'),
  ];
  const hash = createHash('sha256').update(process.version);
  for (const file of files) {
    // Not `mtimeMs`: archives and `cp -p` restore it, so an upgrade could keep it.
    const { ctimeMs, size } = statSync(file);
    hash.update(`${file} ${ctimeMs} ${size}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}

/** A run is over long before this. It loads parts of its bundle late, so the bundle must last. */
const KEPT_MS = 24 * 3_600_000;

function removeOld(cache) {
  for (const name of readdirSync(cache)) {
    const old = join(cache, name);
    // Another start may remove the same one.
    const found = statSync(old, { throwIfNoEntry: false });
    if (found !== undefined && Date.now() - found.mtimeMs > KEPT_MS) {
      rmSync(old, { recursive: true, force: true });
    }
  }
}

async function bundle(folder) {
  const { build } = await import('esbuild');
  const cache = dirname(folder);
  mkdirSync(cache, { recursive: true });
  removeOld(cache);
  const unfinished = `${folder}.${process.pid}`;
  await build({
    entryPoints: [join(ROOT, 'accountant/main.ts')],
    outdir: unfinished,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['yauzl', 'saxes', 'cli-progress'],
    logLevel: 'silent',
  });
  // Another start may have finished the same bundle meanwhile.
  if (!existsSync(folder)) renameSync(unfinished, folder);
}

async function entry() {
  const folder = join(ROOT, 'node_modules/.cache/wxpay-inbox-match', version());
  try {
    if (!existsSync(folder)) await bundle(folder);
    return pathToFileURL(join(folder, 'main.mjs')).href;
  } catch {
    const { register } = await import('tsx/esm/api');
    register();
    return pathToFileURL(join(ROOT, 'accountant/main.ts')).href;
  }
}

await import(await entry());
