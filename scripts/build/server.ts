import { cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { engines, license, version } from '../../package.json';
import { unplacedConsole } from '../../server/operators/console-files';
import { ROOT } from './bundle';
import { lockOf } from './server-lock';

/** Packages that are installed beside the bundle: libsql is native, one build per platform. */
const INSTALLED = ['libsql'] as const;

/** Only in a checkout: the bundle never reaches what needs them. */
const ABSENT = ['esbuild', 'tsx/cjs'] as const;

/** What runs by itself, by its file in `dist/server` without `.js`. */
const PROGRAMS = {
  main: 'server/built.ts',
  ops: 'operator/main.ts',
  'writer-thread': 'lib/store/sqlite/commits/writer-thread.ts',
  'check-thread': 'lib/store/sqlite/disk/check-thread.ts',
} as const;

/** One written program of `dist/server`. */
export interface BuiltProgram {
  readonly file: string;
  readonly bytes: number;
}

/**
 * Writes the server into `outDir` as plain JavaScript: `main.js`, its threads, `ops.js`, the
 * console, the demo page, and a `package.json` with a lock file for the one package that must be
 * installed (`npm ci --omit=dev`). Removes what was there. Contains no settings and no key: both
 * are read at start. `entry` is another main program, for tests. Rejects when something does not
 * build.
 */
export async function buildServer(options: {
  readonly outDir: string;
  readonly shop?: 'merchant' | 'test';
  readonly entry?: string;
}): Promise<readonly BuiltProgram[]> {
  const { outDir, shop = 'merchant', entry = PROGRAMS.main } = options;
  rmSync(outDir, { recursive: true, force: true });
  const programs = Object.entries({ ...PROGRAMS, main: entry });
  await build({
    absWorkingDir: ROOT,
    entryPoints: programs.map(([out, source]) => ({ in: source, out })),
    outdir: outDir,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    charset: 'utf8',
    logLevel: 'warning',
    ...(shop === 'test' ? { conditions: ['module', 'test-shop'] } : {}),
    external: [...INSTALLED, ...ABSENT],
  });
  cpSync(join(ROOT, 'server', 'pages'), join(outDir, 'pages'), { recursive: true });
  mkdirSync(join(outDir, 'console'));
  for (const [name, text] of Object.entries(await unplacedConsole())) {
    writeFileSync(join(outDir, 'console', name), text);
  }
  const lock: unknown = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  const manifest = { name: 'wxpay-inbox-server', version, private: true, license, engines };
  const locked = lockOf(manifest, INSTALLED, lock);
  writeJson(join(outDir, 'package.json'), {
    ...manifest,
    main: 'main.js',
    scripts: { start: 'exec node main.js' },
    dependencies: locked.dependencies,
  });
  writeJson(join(outDir, 'package-lock.json'), locked.lock);
  return programs.map(([name]) => {
    const file = `${name}.js`;
    return { file, bytes: statSync(join(outDir, file)).size };
  });
}

function writeJson(path: string, value: object): void {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
}
