const {
  accessSync,
  chmodSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  symlinkSync,
} = require('node:fs');
const { tmpdir } = require('node:os');
const { dirname, join, relative } = require('node:path');
const { build } = require('esbuild');

/*
 * Bundles the programs that suites start as processes and threads (compiled.ts) into a temporary
 * folder before Jest runs any suite: there are more than a hundred. One that compiles itself as it
 * starts takes two seconds of processor time, one that loads 600 compiled files most of that, and a
 * bundle a third. The folder looks like the repository, so paths that the code makes of its own
 * place stay right.
 */

/** What suites start. */
const PROGRAMS = [
  'accountant/main.ts',
  'lib/store/sqlite/commits/writer-thread.ts',
  'lib/store/sqlite/disk/check-thread.ts',
  'operator/doctor/main.ts',
  'operator/main.ts',
  'server/main.ts',
  'test/archive/fixtures/killed-at-rename.ts',
  'test/cloud/host.ts',
  'test/server/fixtures/holds-leases.ts',
  'test/simulation/run/main.ts',
  'test/simulation/run/worker.ts',
  'test/speed/allocations.ts',
  'test/statement/fixtures/reads-large-bill.ts',
  'test/torture/stepped-clock.ts',
  'test/values/fixtures/host-zone.ts',
];

/** Folders that hold a program, without their TypeScript. Everything else is linked. */
const FOLDERS = [...new Set(PROGRAMS.map((path) => path.split('/')[0]))];

/** Packages that find files of their own beside their code. */
const UNBUNDLED = ['libsql', 'esbuild', 'tsx', 'wx-server-sdk', '@cloudbase/*'];

/** Where Linux keeps files in memory. */
const MEMORY = '/dev/shm';

/** Far more than all suites write at the same time, in bytes. */
const MEMORY_NEEDED = 4 * 1024 ** 3;

module.exports = async ({ rootDir }) => {
  // By this name `npm test` finds and removes it where Jest was killed (scripts/test-folders.ts).
  const name = `wxpay-inbox-jest-${process.pid}-`;
  const own = mkdtempSync(join(isRoomy(MEMORY) ? MEMORY : tmpdir(), name));
  // A case starts the server as another user.
  chmodSync(own, 0o755);
  // Hundreds of databases, each of which waits for the disk at every commit: in memory they take a
  // fifth less of processor time and a third less of all time. What suites leave is removed too.
  process.env['TMPDIR'] = own;
  const out = join(own, 'compiled');
  mkdirSync(out);
  process.env['WXPAY_COMPILED'] = out;
  for (const entry of readdirSync(rootDir)) {
    if (entry !== '.git' && !FOLDERS.includes(entry)) symlinkSync(join(rootDir, entry), join(out, entry));
  }
  for (const folder of FOLDERS) {
    for (const found of readdirSync(join(rootDir, folder), { recursive: true, withFileTypes: true })) {
      const path = join(found.parentPath, found.name);
      if (found.isFile() && !/\.tsx?$/.test(path)) link(path, join(out, relative(rootDir, path)));
    }
  }
  await build({
    absWorkingDir: rootDir,
    entryPoints: PROGRAMS,
    outdir: out,
    outbase: rootDir,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    keepNames: true,
    conditions: ['module', 'test-shop'],
    external: UNBUNDLED,
    plugins: [placesIn(out, rootDir)],
    logLevel: 'warning',
  });
};

/** Lets each file in a bundle keep its place in the folder `out`. */
function placesIn(out, rootDir) {
  return {
    name: 'places',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const source = readFileSync(path, 'utf8');
        if (path.includes('node_modules') || !/__(dirname|filename)/.test(source)) return null;
        const place = join(out, relative(rootDir, path)).replace(/ts$/, 'js');
        const [file, folder] = [place, dirname(place)].map((one) => JSON.stringify(one));
        return { loader: 'ts', contents: `const __filename = ${file}, __dirname = ${folder};${source}` };
      });
    },
  };
}

module.exports.remove = () => {
  const out = process.env['WXPAY_COMPILED'];
  if (out !== undefined) rmSync(dirname(out), { recursive: true, force: true });
};

/** Whether a folder is there, may be written to and has room. */
function isRoomy(folder) {
  try {
    accessSync(folder, constants.W_OK);
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize >= MEMORY_NEEDED;
  } catch {
    return false;
  }
}

function link(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  symlinkSync(from, to);
}
