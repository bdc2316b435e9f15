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
  writeFileSync,
} = require('node:fs');
const { tmpdir } = require('node:os');
const { dirname, join, relative } = require('node:path');
const { build } = require('esbuild');

/*
 * Compiles the program into a temporary folder before Jest runs any suite. Suites start processes
 * and threads from there (compiled.ts): one that compiles itself as it starts takes two seconds of
 * processor time, and there are more than a hundred. The folder looks like the repository, so paths
 * that the code makes of its own place stay right.
 */

/** Folders whose TypeScript becomes JavaScript. Everything else is linked. */
const FOLDERS = [
  'functions',
  'workers',
  'merchant',
  'lib',
  'server',
  'simulator',
  'accountant',
  'operator',
  'scripts',
  'test',
];

/** Published as ES modules only, which a CommonJS file cannot load on every Node 20. */
const MODULES = ['p-retry'];

/** Where Linux keeps files in memory. */
const MEMORY = '/dev/shm';

/** Far more than all suites write at the same time, in bytes. */
const MEMORY_NEEDED = 4 * 1024 ** 3;

module.exports = async ({ rootDir }) => {
  const own = mkdtempSync(join(isRoomy(MEMORY) ? MEMORY : tmpdir(), 'wxpay-inbox-jest-'));
  // A case starts the server as another user.
  chmodSync(own, 0o755);
  // Hundreds of databases, each of which waits for the disk at every commit: in memory they take a
  // fifth less of processor time and a third less of all time. What suites leave is removed too.
  process.env['TMPDIR'] = own;
  const out = join(own, 'compiled');
  mkdirSync(out);
  process.env['WXPAY_COMPILED'] = out;
  const compiled = [];
  for (const entry of readdirSync(rootDir)) {
    if (entry === 'node_modules' || entry === 'package.json' || entry === '.git') continue;
    if (!FOLDERS.includes(entry)) symlinkSync(join(rootDir, entry), join(out, entry));
  }
  for (const folder of FOLDERS) {
    for (const found of readdirSync(join(rootDir, folder), { recursive: true, withFileTypes: true })) {
      if (!found.isFile()) continue;
      const path = join(found.parentPath, found.name);
      if (/\.tsx?$/.test(path)) compiled.push(path);
      else link(path, join(out, relative(rootDir, path)));
    }
  }
  linkPackages(join(rootDir, 'node_modules'), join(out, 'node_modules'));
  const { imports, ...rest } = JSON.parse(readFileSync(join(rootDir, 'package.json'), 'utf8'));
  const asCompiled = JSON.parse(JSON.stringify(imports).replaceAll('.ts"', '.js"'));
  writeFileSync(join(out, 'package.json'), JSON.stringify({ ...rest, imports: asCompiled }));
  const options = { platform: 'node', target: 'node20', format: 'cjs', logLevel: 'error' };
  await build({ ...options, entryPoints: compiled, outdir: out, outbase: rootDir, sourcemap: 'inline' });
  for (const name of MODULES) {
    await build({
      ...options,
      entryPoints: [require.resolve(name, { paths: [rootDir] })],
      bundle: true,
      outfile: join(out, 'node_modules', name, 'index.js'),
    });
  }
};

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

function linkPackages(from, to) {
  mkdirSync(to);
  for (const name of readdirSync(from)) {
    if (!MODULES.includes(name)) symlinkSync(join(from, name), join(to, name));
  }
}
