import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build, stop } from 'esbuild';
import type { ConsoleFiles, ConsolePlace } from './console-place';
import { isConsolePart, placed } from './console-place';

/** The folder of the console's sources. */
const SOURCES = join(__dirname, '..', '..', 'console');

/** The browsers the console supports: current ones and those of the last two years. */
const BROWSERS = ['chrome111', 'safari16.4', 'firefox115'];

/**
 * Bundles the console in memory, in about a tenth of a second, which saves a build step. Rejects
 * when the sources do not build.
 */
export async function buildConsole(place: ConsolePlace): Promise<ConsoleFiles> {
  const files = await unplacedConsole();
  return { ...files, 'index.html': placed(files['index.html'], place) };
}

/** The console for any place: `placed` completes its page. Rejects like `buildConsole`. */
export async function unplacedConsole(): Promise<ConsoleFiles> {
  const { outputFiles } = await build({
    absWorkingDir: SOURCES,
    entryPoints: { console: 'main.tsx', style: 'styles/console.css' },
    outdir: 'out',
    write: false,
    bundle: true,
    minify: true,
    format: 'esm',
    // What a screen of its own imports on demand is a file of its own.
    splitting: true,
    chunkNames: 'part-[hash]',
    platform: 'browser',
    target: BROWSERS,
    charset: 'utf8',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    // The repository's own tsconfig is for Node; a bundle only needs the JSX settings above.
    tsconfigRaw: {},
    legalComments: 'none',
    logLevel: 'silent',
  });
  // Otherwise esbuild's helper process would live as long as the server.
  await stop();
  const output = (ending: string) => outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? '';
  const parts = outputFiles.flatMap(({ path, text }) => {
    const name = basename(path);
    return isConsolePart(name) ? [[name, text] as const] : [];
  });
  const [page, icon, manifest] = await Promise.all(
    ['index.html', 'icon.svg', 'manifest.webmanifest'].map((file) => readFile(join(SOURCES, file), 'utf8')),
  );
  return {
    ...Object.fromEntries(parts),
    'index.html': (page ?? '').replace('<!-- parts -->', preloads(output('console.js'))),
    'console.js': output('console.js'),
    'console.css': output('style.css'),
    'icon.svg': icon ?? '',
    'manifest.webmanifest': manifest ?? '',
  };
}

/** Has the browser ask for what the script imports before it has read the script. */
function preloads(script: string): string {
  const imported = [...script.matchAll(/\bfrom"\.\/([^"]+)"/g)].map(([, name = '']) => name);
  return imported
    .filter(isConsolePart)
    .map((name) => `<link rel="modulepreload" href="${name}" />`)
    .join('\n    ');
}
