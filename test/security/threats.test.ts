import { existsSync, readFileSync } from 'node:fs';
import ts from 'typescript';
import { FAULTS } from '../simulation/faults/faults';
import { withFault } from '../simulation/faults/patch';

/*
 * docs/security.md names tests for each threat. This checks that each exists and asserts something,
 * and that each threat has a deliberate fault that removes its defence, which one of the row's
 * tests must notice. `npm run simulate -- --faults` runs those tests with those faults (.ci/run).
 */

/** Threats whose defence is no line of this code, and why. */
const NOT_OURS: ReadonlyMap<string, string> = new Map([
  ['lengths that lie, pipelining, chunks that are garbage', 'Node’s parser refuses them'],
  ['prototype pollution through `__proto__` or `constructor`', 'nothing merges what came from outside'],
  ["quadratic time in a stranger's hands", 'measured by npm run fuzz: timings are no unit test'],
]);

interface NamedTest {
  readonly file: string;
  /** Part of the test's name; null: all of the file. */
  readonly name: string | null;
}

const page = readFileSync('docs/security.md', 'utf8');

function namedIn(text: string): readonly NamedTest[] {
  return [...text.matchAll(/`(test\/[^`]+\.ts)`(?:: "([^"]+)")?/g)].map(([, file = '', name]) => ({
    file,
    name: name ?? null,
  }));
}

const [, table = ''] = /## Threats\n([\s\S]*?)\n## /.exec(page) ?? [];
const threats = table
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| threat'))
  .map((line) => ({ threat: line.split(' | ')[0]?.slice(2) ?? '', tests: namedIn(line) }));

/** Whether a fault's test is one of these: in the same file, and one name part of the other. */
function isAmong(tests: readonly NamedTest[], file: string, test: string): boolean {
  return tests.some(
    (one) => one.file === file && (one.name === null || one.name.includes(test) || test.includes(one.name)),
  );
}

it('the table has every threat, and every row a test', () => {
  expect(threats.length).toBeGreaterThan(20);
  expect(threats.filter(({ tests }) => tests.length === 0).map(({ threat }) => threat)).toEqual([]);
  const known = new Set(threats.map(({ threat }) => threat));
  expect([...NOT_OURS.keys()].filter((threat) => !known.has(threat))).toEqual([]);
});

it.each(threats)('$threat: its defence taken away is noticed by a test of its row', ({ threat, tests }) => {
  const faults = FAULTS.filter(
    ({ caughtBy }) => caughtBy.kind === 'test' && isAmong(tests, caughtBy.file, caughtBy.test),
  );
  if (NOT_OURS.has(threat)) return;
  expect(faults).not.toEqual([]);
  for (const fault of faults) {
    const text = readFileSync(fault.file, 'utf8');
    expect(withFault(text, fault)).not.toBe(text);
  }
});

it('every test that is named is there, and asserts something', () => {
  const named = namedIn(page);
  expect(named.length).toBeGreaterThan(20);
  const wrong = named.filter(({ file, name }) => {
    if (!existsSync(file)) return true;
    if (!file.endsWith('.test.ts')) return false;
    const tests = testsOf(file).filter((one) => name === null || one.name.includes(name));
    return !tests.some(({ asserts }) => asserts);
  });
  expect(wrong).toEqual([]);
});

const ASSERTS = /\bexpect\(|\bassert\(/;

/** The tests of a file by their names as written; those of a group also under the group's name. */
function testsOf(file: string): readonly { readonly name: string; readonly asserts: boolean }[] {
  const text = readFileSync(file, 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const found: { name: string; asserts: boolean }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const [first, ...rest] = node.arguments;
      const of = /^(?:it|test|describe|onLinux)\b/.test(node.expression.getText(source));
      if (of && first !== undefined && ts.isStringLiteralLike(first))
        found.push({ name: first.text, asserts: assertsIn(rest, source) });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/**
 * Whether something is asserted: in the test itself, or in a function of the file that it calls.
 */
function assertsIn(body: readonly ts.Node[], source: ts.SourceFile): boolean {
  const text = body.map((node) => node.getText(source)).join('\n');
  if (ASSERTS.test(text)) return true;
  return source.statements.some(
    (statement) =>
      ts.isFunctionDeclaration(statement) &&
      statement.name !== undefined &&
      new RegExp(`\\b${statement.name.text}\\(`).test(text) &&
      ASSERTS.test(statement.getText(source)),
  );
}
