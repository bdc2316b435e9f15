import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { en } from '../console/language/en';
import { zh } from '../console/language/zh';
import { chineseWords } from '../lib/ops/watch/words-zh';
import { englishWords } from '../lib/ops/watch/words-en';

const DOCS = join(__dirname, '..', 'docs');

interface Term {
  readonly concept: string;
  readonly english: string;
  readonly chinese: string;
  readonly codes: readonly string[];
}

/** The rows of the glossary's tables. */
const terms: readonly Term[] = readFileSync(join(DOCS, 'glossary.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| concept'))
  .map((line) => {
    const [, concept = '', english = '', chinese = '', code = ''] = line
      .split('|')
      .map((cell) => cell.trim());
    return {
      concept,
      english,
      chinese,
      codes: [...code.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
    };
  });

/** The console's words for the values of a union, and the glossary's name of the concept. */
const GROUPS = [
  ['order state', en.payment, zh.payment],
  ['fulfilment state', en.fulfilment, zh.fulfilment],
  ['call result', en.call.result, zh.call.result],
  ['message state', en.message.state, zh.message.state],
  ['refund state', en.refund.state, zh.refund.state],
  ['discrepancy state', en.discrepancy.state, zh.discrepancy.state],
  ['class', en.discrepancy.class, zh.discrepancy.class],
  ['alarm', en.alarm, zh.alarm],
  ['button', en.action, zh.action],
] as const satisfies readonly (readonly [
  string,
  Readonly<Record<string, string>>,
  Readonly<Record<string, string>>,
])[];

function termOf(concept: string, code: string): Term | undefined {
  return terms.find((term) => term.concept === concept && term.codes.includes(code));
}

describe.each(GROUPS)('the console’s words for each %s', (concept, english, chinese) => {
  it.each(Object.entries(english))('%s is what the glossary calls it', (code, word) => {
    const term = termOf(concept, code);
    expect(
      term === undefined ? `${concept} ${code} is not in the glossary` : term.english.toLowerCase(),
    ).toContain(word.toLowerCase());
    expect(term?.chinese).toContain(Reflect.get(chinese, code));
  });
});

it.each(Object.entries(englishWords.causes))('the notice of %s has the glossary’s name', (code, { name }) => {
  const term = termOf('alarm', code);
  expect(term?.english.toLowerCase()).toBe(name);
  expect(Object.entries(chineseWords.causes).find(([cause]) => cause === code)?.[1].name).toBe(term?.chinese);
});

it('no concept has two rows with one code', () => {
  const names = terms.flatMap(({ concept, codes }) => codes.map((code) => `${concept}: ${code}`));
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
});

/** Words that the glossary replaces, or that need a second reading. */
const REPLACED: readonly RegExp[] = [
  /\b(mend|mended|mends|mending)\b/,
  /\b(whoever|for ever|told of|heard of|nobody told|worked off|works off)\b/,
  /\b(disagreement|disagreements)\b/,
  /概览|作废|静默|对账单|值班函数|定时函数|打码/,
  /(?<!租约|云调用|登录|访问|Bearer )令牌/,
  /[你]/,
];

/** Written before the glossary; the glossary itself quotes the words. */
const OLDER = /^(glossary\.md|benchmarks)/;

const PAGES = [DOCS, join(DOCS, 'decisions')].flatMap((folder) =>
  readdirSync(folder).map((file) => relative(DOCS, join(folder, file))),
);

describe.each(
  PAGES.filter((file) => file.endsWith('.md') && !OLDER.test(file)).map(
    (file) => [file, readFileSync(join(DOCS, file), 'utf8')] as const,
  ),
)('docs/%s', (_file, text) => {
  it('uses no word that the glossary replaces', () => {
    const prose = text.replaceAll(/"[^"]*"/g, ''); // Names of tests stay as they are.
    expect(REPLACED.flatMap((word) => word.exec(prose)?.[0] ?? [])).toEqual([]);
  });
});

it('the console uses no word that the glossary replaces', () => {
  const said = JSON.stringify([strings(en), strings(zh)]);
  expect(REPLACED.flatMap((word) => word.exec(said)?.[0] ?? [])).toEqual([]);
});

/** Words that need a second reading, beside those above. A message goes dead, or is dismissed. */
const RIDDLES =
  /\b(work(s|ed|ing)? off|(bring|brings|bringing|brought) near|news|who dies|bur(y|ies|ied|ial))\b/i;

/** Code that a newcomer reads: its comments and texts use the glossary's words. */
const CODE = filesIn(
  ...['accountant', 'console', 'functions', 'lib', 'merchant', 'operator'],
  ...['scripts', 'server', 'simulator', 'workers'],
);

/** This file quotes the words. */
const TESTS = filesIn('test', 'bench').filter((file) => file !== 'test/glossary.test.ts');

it('no comment or text of the code uses a word that the glossary replaces', () => {
  expect(CODE.length).toBeGreaterThan(300);
  expect(linesWith(CODE, [...REPLACED.slice(0, 3), RIDDLES])).toEqual([]);
});

it('no title or comment of a test uses a word that the glossary replaces', () => {
  expect(TESTS.length).toBeGreaterThan(300);
  expect(linesWith(TESTS, [...REPLACED.slice(0, 3), RIDDLES])).toEqual([]);
});

/** The source files under these folders. */
function filesIn(...folders: readonly string[]): readonly string[] {
  return execFileSync('git', ['ls-files', '--', ...folders], { encoding: 'utf8' })
    .split('\n')
    .filter((file) => /\.(tsx?|[cm]?js)$/.test(file) && existsSync(file));
}

/** The places in these files that match one of `words`, each with what matched first. */
function linesWith(files: readonly string[], words: readonly RegExp[]): readonly string[] {
  return files.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line, index) => {
        const [word] = words.flatMap((one) => one.exec(line)?.[0] ?? []);
        return word === undefined ? [] : [`${file}:${index + 1}: ${word}`];
      }),
  );
}

/** All texts of a dictionary; those made by a function with sample values. */
function strings(of: unknown): readonly string[] {
  if (typeof of === 'string') return [of];
  if (typeof of !== 'object' || of === null) return [];
  return Object.values(of).flatMap(strings);
}
