import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, stop } from 'esbuild';

/** The folder of the console's sources. */
const SOURCES = join(__dirname, '..', 'console');

/** The browsers the console supports: current ones and those of the last two years. */
const BROWSERS = ['chrome111', 'safari16.4', 'firefox115'];

/** A file name of the console's site. */
export type ConsoleFileName = 'index.html' | 'console.js' | 'console.css' | 'icon.svg';

/** The console as files, ready for any web server. */
export type ConsoleFiles = Readonly<Record<ConsoleFileName, string>>;

/** Where a console will be served. */
export interface ConsolePlace {
  /**
   * The operator API: a path of the same origin, an https:// address, or null to ask for it at
   * sign-in.
   */
  readonly opsUrl: string | null;
  /** The demo page; null where there is none. */
  readonly demoUrl: string | null;
  /** True when no server adds the content security policy, so the page must contain it. */
  readonly ownPolicy: boolean;
}

/**
 * Bundles the console in memory, in about a tenth of a second, which saves a build step. Rejects
 * when the sources do not build.
 */
export async function buildConsole(place: ConsolePlace): Promise<ConsoleFiles> {
  const { outputFiles } = await build({
    absWorkingDir: SOURCES,
    entryPoints: { console: 'main.tsx', style: 'styles/console.css' },
    outdir: 'out',
    write: false,
    bundle: true,
    minify: true,
    format: 'esm',
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
  const [page, icon] = await Promise.all(
    ['index.html', 'icon.svg'].map((file) => readFile(join(SOURCES, file), 'utf8')),
  );
  return {
    'index.html': placed(page ?? '', place),
    'console.js': output('console.js'),
    'console.css': output('style.css'),
    'icon.svg': icon ?? '',
  };
}

/**
 * Allows the console's own files and the operator API only: no inline script, nothing of another
 * site. When the API becomes known only at sign-in, any https:// address is allowed.
 */
export function consolePolicy({ opsUrl }: Pick<ConsolePlace, 'opsUrl'>): string {
  const api = opsUrl === null ? ' https:' : opsUrl.startsWith('/') ? '' : ` ${new URL(opsUrl).origin}`;
  return `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'${api}; base-uri 'none'; form-action 'none'`;
}

function placed(page: string, place: ConsolePlace): string {
  const meta = (name: string, content: string) =>
    `<meta ${name} content="${content.replaceAll('"', '&quot;')}" />`;
  const lines = [
    ...(place.ownPolicy ? [meta('http-equiv="Content-Security-Policy"', consolePolicy(place))] : []),
    meta('name="wxpay-inbox-ops"', place.opsUrl ?? ''),
    meta('name="wxpay-inbox-demo"', place.demoUrl ?? ''),
  ];
  return page.replace('<!-- place -->', lines.join('\n    '));
}
