import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { Linter } from 'eslint';
import ts from 'typescript';
import { readConfig } from '../lib/config/config';

/** Every source file of this repository, as git knows it. */
const files = execFileSync('git', ['ls-files', '--', '*.ts', '*.tsx', '*.cjs', '*.js', '*.css'], {
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && existsSync(file));

test('no file is longer than 400 lines', () => {
  const long = files.filter((file) => readFileSync(file, 'utf8').split('\n').length > 401);
  expect(long).toEqual([]);
});

test('no folder of the product has more than 25 files, but the steps of a migration', () => {
  const counts = new Map<string, number>();
  for (const file of files.filter((name) => !/^(test|docs)\//.test(name)))
    counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
  const full = [...counts].filter(([, count]) => count > 25).map(([folder]) => folder);
  expect(full).toEqual(['lib/store/sqlite/migrations']);
});

test('no file has the marks of a merge conflict', () => {
  const { status, stdout } = spawnSync('git', ['grep', '-nE', '^(<{7}|>{7}) '], { encoding: 'utf8' });
  // 1: git has looked, and found none.
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
});

test('every TypeScript file belongs to a project, so that its types are checked', () => {
  const covered = new Set(
    ['tsconfig.json', 'console/tsconfig.json', 'test/console/tsconfig.json'].flatMap(filesOfProject),
  );
  expect(files.filter((file) => /\.tsx?$/.test(file) && !covered.has(file))).toEqual([]);
});

describe('the lint of comments', () => {
  const options: unknown = JSON.parse(readFileSync('scripts/lint/comment-width.json', 'utf8'));
  const complaints = (code: string): number =>
    new Linter().verify(code, [{ rules: { 'max-len': ['error', options] } }]).length;
  const words = 'word '.repeat(20); // 100 columns

  test.each([`// ${words}end`, `/** ${words}end */`, `/**\n * ${words}\n * ${words}end\n */`])(
    'refuses one wider than 100 columns: %s',
    (code) => {
      expect(complaints(code)).toBe(code.includes('\n') ? 2 : 1);
    },
  );

  test.each([
    `// ${words.slice(4)}`,
    `const text = '${words}${words}';`,
    `// https://example.com/${'a'.repeat(100)}`,
  ])('accepts %s', (code) => {
    expect(complaints(code)).toBe(0);
  });
});

test('everything that is exported says what it promises', () => {
  const bare = files
    .filter((file) => /^(lib|functions|workers|merchant|server|console|simulator)\/.*\.tsx?$/.test(file))
    .flatMap((file) => undocumented(file).map((name) => `${file}: ${name}`));
  expect(bare).toEqual([]);
});

test('a function’s and a worker’s folder has its two files and its settings', () => {
  const config = readConfig({ merchants: [{ subMchId: '1900000109' }] });
  const functions = foldersIn('functions');
  const workers = foldersIn('workers');
  for (const name of functions)
    expect(readdirSync(`functions/${name}`).sort()).toEqual(['function.ts', 'index.ts']);
  for (const name of workers)
    expect(readdirSync(`workers/${name}`).sort()).toEqual(['index.ts', 'worker.ts']);
  expect([...functions, ...workers].sort()).toEqual(Object.keys(config.functions).sort());
  expect([...workers].sort()).toEqual(Object.keys(config.timers).sort());
});

test('a guard that asserts more of an object than it looks at says so: it is `trusted`', () => {
  // Looking at an array, at one field or at a kind proves nothing about the rest.
  const careless =
    /value is [^{]+\{\s*return (?:Array\.isArray\(value\)|hasKind\(.*|isRecord\(value\) && (?:isRecord|typeof) ?\(?value\S*(?: === '\w+')?);\s*\}/;
  const ours = files.filter((file) => /^(lib|server|console|operator|accountant)\//.test(file));
  const found = ours.filter((file) => careless.test(readFileSync(file, 'utf8')));
  expect(found).toEqual([]);
});

test('each decision has a number of its own, and says it in its title', () => {
  const decisions = readdirSync('docs/decisions').filter((file) => file.endsWith('.md'));
  const numbers = decisions.map((file) => Number(file.slice(0, 4))).sort((a, b) => a - b);
  expect(numbers).toEqual(numbers.map((_number, index) => index + 1));
  for (const file of decisions)
    expect(readFileSync(`docs/decisions/${file}`, 'utf8')).toMatch(
      new RegExp(`^# ${String(Number(file.slice(0, 4)))}\\. `),
    );
});

test('nothing that decides reads a history: histories record', () => {
  const decides = /^(lib|functions|workers)\//;
  // The stores keep histories, and one module adds lines to them. `history` is also an operation.
  const records = /^lib\/(store\/|model\/history\.ts|ops\/(handle|operations)\.ts)/;
  const readers = files
    .filter((file) => decides.test(file) && !records.test(file))
    .flatMap((file) => historyReads(readFileSync(file, 'utf8')).map((text) => `${file}: ${text}`));
  expect(readers).toEqual([]);
});

test('a history is found to be read however it is taken out of its document', () => {
  expect(historyReads('const late = order.history.some(isLate);')).toEqual(['order.history']);
  expect(historyReads(`order['history']`)).toEqual([`order['history']`]);
  expect(historyReads('function refusalOf({ history }: Refund) {}')).toEqual(['history']);
  expect(historyReads('const { history: lines } = refund;')).toEqual(['history: lines']);
  expect(historyReads('const made = { ...refund, history: [entry] };')).toEqual([]);
});

test('a worker and a function are named in two files outside their folders, and in the schema', () => {
  const registered = ['lib/config/jobs.ts', 'server/registry.ts'];
  // The console shows one that its dictionaries lack by its own name.
  const kept = files.filter(
    (file) => /^(lib|server|scripts|console|operator|simulator)\//.test(file) && !/\/language\//.test(file),
  );
  for (const [folder, name] of [
    ['workers', 'retain'],
    ['functions', 'refundOrder'],
  ] as const) {
    const names = new RegExp(`\\b${folder}/${name}/|^ +${name}: |^ +case '${name}':`, 'm');
    expect(kept.filter((file) => names.test(readFileSync(file, 'utf8')))).toEqual(registered);
    expect(readFileSync('config.schema.json', 'utf8')).toContain(`"${name}": {`);
  }
});

test('a type of the domain is the only one of its name', () => {
  const declared = new Map<string, string[]>();
  const domain = new Set<string>();
  const shared = /^lib\/(values\/|model\/|ops\/api\.ts|store\/port\.ts|wechat\/port\.ts)/;
  const ours = /^(lib|functions|workers|merchant|server|console|simulator|accountant|operator|scripts)\//;
  for (const file of files.filter((one) => ours.test(one) && /\.tsx?$/.test(one))) {
    const text = readFileSync(file, 'utf8');
    for (const [, exported, name = ''] of text.matchAll(/^(export )?(?:interface|type|class) (\w+)/gm)) {
      declared.set(name, [...(declared.get(name) ?? []), file]);
      if (exported !== undefined && shared.test(file)) domain.add(name);
    }
  }
  expect(domain.size).toBeGreaterThan(200);
  const twice = [...declared].filter(([name, places]) => domain.has(name) && places.length > 1);
  expect(twice).toEqual([]);
});

test('JSON from outside is parsed in one place', () => {
  const parsing = files.filter(
    (file) =>
      /^(lib|functions|workers|merchant|server|console|accountant|operator)\//.test(file) &&
      readFileSync(file, 'utf8').includes('JSON.parse('),
  );
  expect(parsing).toEqual(['lib/values/json.ts']);
});

/** The files that a tsconfig.json includes, from the root. */
function filesOfProject(config: string): readonly string[] {
  const read: { readonly config?: unknown } = ts.readConfigFile(config, (name) => ts.sys.readFile(name));
  const { fileNames } = ts.parseJsonConfigFileContent(read.config, ts.sys, dirname(resolve(config)));
  return fileNames.map((name) => relative(process.cwd(), name));
}

/** Where a source takes a history out of its document. */
function historyReads(text: string): string[] {
  const source = ts.createSourceFile('read.ts', text, ts.ScriptTarget.ES2022, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (takesHistory(node)) found.push(node.getText(source));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function takesHistory(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node)) return node.name.text === 'history';
  if (ts.isElementAccessExpression(node)) {
    const { argumentExpression: name } = node;
    return ts.isStringLiteral(name) && name.text === 'history';
  }
  if (!ts.isBindingElement(node)) return false;
  const name = node.propertyName ?? node.name;
  return ts.isIdentifier(name) && name.text === 'history';
}

/** The exported names of a file that have no doc comment of their own. */
function undocumented(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022, true);
  return source.statements.flatMap((statement) => {
    if (!ts.canHaveModifiers(statement)) return [];
    const exported =
      ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false;
    if (!exported || ts.getJSDocCommentsAndTags(statement).length > 0) return [];
    return [statement.getText(source).slice(0, 60)];
  });
}

test('every room has a README that says what it is and where to start', () => {
  const rooms = [
    ...foldersIn('.').filter((name) => files.some((file) => file.startsWith(`${name}/`))),
    ...foldersIn('lib').map((name) => `lib/${name}`),
  ].filter((room) => room !== 'lib');
  expect(rooms.length).toBeGreaterThan(25);
  const silent = rooms.filter((room) => !existsSync(`${room}/README.md`));
  expect(silent).toEqual([]);
});

function foldersIn(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}
