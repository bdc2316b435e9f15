import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isRecord } from '../../lib/values/json';
import { nodeOf } from '../compiled/node-of';
import { ROOT } from '../../scripts/build/bundle';
import { buildServer } from '../../scripts/build/server';
import { builtOnce } from './built-once';

/** A folder with `dist/server` as it is deployed: outside the checkout, with its own packages. */
export interface BuiltServer {
  /** Holds `server/`, `config.json` and `data/`. */
  readonly folder: string;
  /** Replaces config.json. */
  readonly configure: (config: object) => void;
}

/**
 * Builds the server into a new folder. Its `node_modules` holds exactly the packages of its lock
 * file that are installed here. `entry`: another main program.
 */
export async function builtServer(entry?: string): Promise<BuiltServer> {
  const folder = mkdtempSync(join(tmpdir(), 'wxpay-inbox-dist-'));
  const outDir = join(folder, 'server');
  if (entry === undefined) {
    // Packages are linked into a copy of it: a program loads them from beside its own file.
    const common = await builtOnce('server', (out) => buildServer({ outDir: out, shop: 'test' }));
    cpSync(common, outDir, { recursive: true });
  } else await buildServer({ outDir, shop: 'test', entry });
  for (const path of lockedPaths(outDir)) {
    const [top = ''] = /^node_modules\/(@[^/]+\/)?[^/]+/.exec(path) ?? [];
    // A package inside another comes with it.
    if (top !== path || !existsHere(path)) continue;
    mkdirSync(join(outDir, dirname(path)), { recursive: true });
    symlinkSync(join(ROOT, path), join(outDir, path));
  }
  mkdirSync(join(folder, 'data'), { mode: 0o700 });
  return {
    folder,
    configure: (config) => {
      writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
    },
  };
}

/** The paths of a lock file's packages. */
export function lockedPaths(folder: string): readonly string[] {
  const lock: unknown = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'));
  const packages: unknown = isRecord(lock) ? lock['packages'] : null;
  return isRecord(packages) ? Object.keys(packages).filter((path) => path !== '') : [];
}

function existsHere(path: string): boolean {
  try {
    return readFileSync(join(ROOT, path, 'package.json')).length > 0;
  } catch {
    return false;
  }
}

/** A started program: its address, or how it ended. */
export type Started =
  | { readonly kind: 'listens'; readonly url: string; readonly end: () => Promise<unknown> }
  | { readonly kind: 'ended'; readonly exit: unknown; readonly output: string };

/** Every process that is still running, for `afterAll`. */
const running = new Set<ChildProcess>();

/** Kills what a failed case left behind. */
export function endAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

/**
 * Starts `node server/main.js` and resolves when it listens or has ended. Its environment is `env`,
 * without what this process has; `options` come before the program's name.
 */
export async function startBuilt(
  { folder }: BuiltServer,
  env: Readonly<Record<string, string>> = {},
  { uid, options = [] }: { readonly uid?: number; readonly options?: readonly string[] } = {},
): Promise<Started> {
  const child = spawn(nodeOf('servers'), [...options, join(folder, 'server', 'main.js')], {
    ...(uid === undefined ? {} : { uid, gid: uid }),
    cwd: '/',
    env: {
      HOST: '127.0.0.1',
      PORT: '0',
      CONFIG: join(folder, 'config.json'),
      DATA_DIR: join(folder, 'data'),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const exited = once(child, 'exit').finally(() => running.delete(child));
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-20_000)));
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    output += String(chunk);
    const url = /open (http:\S+)/.exec(output)?.[1];
    if (url === undefined) continue;
    child.stdout.resume();
    return {
      kind: 'listens',
      url,
      end: () => {
        child.kill('SIGTERM');
        return exited;
      },
    };
  }
  return { kind: 'ended', exit: await exited, output };
}
