import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MIGRATIONS, stepsOn } from '../../../lib/store/mysql/base/migrate';

/*
 * The MySQL tests run on MariaDB. What MySQL 8.0, TDSQL-C, MariaDB 10.6 and TiDB do not all
 * understand is therefore looked for in the text of the statements. That proves less than running
 * them there.
 */

const FOLDERS = ['lib/store/mysql', 'lib/archive/mysql'];

/** A part of SQL that one of them lacks, and which one. */
const NOT_EVERYWHERE: readonly (readonly [name: string, form: RegExp])[] = [
  ['RETURNING: not in MySQL and TiDB', /\bRETURNING\b/],
  ['INSERT … AS new: not in MariaDB', /\bVALUES\s*\([^)]*\)\s+AS\s+\w+/],
  ['->> and ->: not in MariaDB', /->>?\s*'\$/],
  ['LATERAL: not in MariaDB', /\bLATERAL\b/],
  ['INTERSECT and EXCEPT: not in MySQL 8.0.30 and older', /\b(INTERSECT|EXCEPT)\b/],
  ['FOR UPDATE OF: not in MariaDB', /\bFOR UPDATE OF\b/],
  ['FOR SHARE: not in MariaDB', /\bFOR SHARE\b/],
  ['NOWAIT and WAIT n: not in all of them', /\b(NOWAIT|WAIT\s+\d)/],
  ['DELETE … ORDER BY … joins, sequences: MariaDB only', /\bNEXTVAL\b|\bSEQUENCE\b|\bseq_\d/],
  ['IF [NOT] EXISTS of a column or index: MariaDB only', /\b(ADD|DROP|CREATE)\s+(COLUMN|INDEX|KEY)\s+IF\b/],
  ['INVISIBLE columns and VECTOR: not in all of them', /\b(INVISIBLE|VECTOR)\b/],
  ['GET_LOCK: not across TiDB servers before 6.2 and not behind proxies', /\bGET_LOCK\b/],
  ['JSON_TABLE and JSON_VALUE: not in TiDB', /\bJSON_(TABLE|VALUE)\b/],
  ['CHECK: TiDB ignores it unless enabled', /\bCHECK\s*\(/],
  ['foreign keys: TiDB before 8.5 does not enforce them', /\bFOREIGN KEY\b|\bREFERENCES\b/],
  ['triggers and procedures: not in TiDB', /\bCREATE (TRIGGER|PROCEDURE|FUNCTION|EVENT)\b/],
  ['LOCK TABLES: does nothing in TiDB', /\bLOCK TABLES\b/],
  ['savepoints: not in TiDB before 6.2', /\bSAVEPOINT\b/],
  ['ON CONFLICT and double quotes: SQLite', /\bON CONFLICT\b|\bINSERT OR\b/],
  ['NULLS FIRST: in none of them', /\bNULLS (FIRST|LAST)\b/],
  ['OFFSET … FETCH, ROWS EXAMINED: MariaDB only', /\bFETCH (FIRST|NEXT)\b|\bROWS EXAMINED\b/],
  ['CREATE OR REPLACE TABLE, SET STATEMENT … FOR: MariaDB only', /\bOR REPLACE\b|\bSET STATEMENT\b/],
  ['JSON functions of MariaDB alone', /\bJSON_(EXISTS|QUERY|DETAILED|COMPACT|LOOSE|EQUALS|NORMALIZE)\b/],
  [
    'JSON functions that MariaDB 10.6 lacks',
    /\bJSON_(OVERLAPS|STORAGE_SIZE|PRETTY|SCHEMA_VALID)\b|\bMEMBER OF\b/,
  ],
  ['functions that MariaDB lacks', /\b(ANY_VALUE|BIN_TO_UUID|UUID_TO_BIN|REGEXP_LIKE)\b/],
  ['collations of one server', /\butf8mb4_(0900|uca1400|nopad|\w+_nopad)/],
  ['keys of expressions: not in MariaDB', /\bKEY \w+ \(\(/],
  ['descending keys: not in MariaDB 10.6', /\bKEY \w+ \([^)]*\bDESC\b/],
  ['PERSISTENT columns: MariaDB only', /\bPERSISTENT\b/],
  ['optimizer hints in comments: not in MariaDB', /\/\*\+/],
  ['FULL JOIN and MINUS: in none of them', /\bFULL (OUTER )?JOIN\b|\bMINUS\b/],
  ['SKIP LOCKED in place, not where the server has it', /\bSKIP LOCKED\b/],
];

/** The one place that asks for it, and what is used where it is there. */
const SKIPS_LOCKED: readonly string[] = [
  'SELECT 1 FROM (SELECT 1 AS one) t FOR UPDATE SKIP LOCKED',
  'FOR UPDATE SKIP LOCKED',
];

/** Reserved in MySQL 8.0 or TiDB, and not in MariaDB: a column of this name works here only. */
const RESERVED = new Set(
  (
    'cube cume_dist dense_rank empty first_value function grouping groups json_table lag last_value lateral lead ' +
    'nth_value ntile of percent_rank rank recursive row rows row_number system window ilike tidb_version'
  ).split(' '),
);

/** The text literals of a source that are SQL, without what is inserted into them. */
function statementsIn(source: string): readonly string[] {
  const code = source
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/\$\{database\.skipsLocked \?[^}]*\}/g, '');
  const literals = [...code.matchAll(/`((?:[^`\\]|\\.)*)`|'((?:[^'\\\n]|\\.)*)'/g)].map(
    ([, long, short]) => long ?? short ?? '',
  );
  const SQL =
    /\b(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|RENAME|TRUNCATE|SHOW|SET|WHERE|FOR UPDATE|ON DUPLICATE)\b/;
  return literals.filter((text) => SQL.test(text));
}

const sources = FOLDERS.flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name)),
);

test('no statement uses what one of MySQL 8.0, MariaDB 10.6 and TiDB lacks', () => {
  const statements = sources.flatMap((file) =>
    statementsIn(readFileSync(file, 'utf8')).map((text) => ({ file, text })),
  );
  expect(statements.length).toBeGreaterThan(100);
  const found = statements.flatMap(({ file, text }) =>
    SKIPS_LOCKED.includes(text)
      ? []
      : NOT_EVERYWHERE.filter(([, form]) => form.test(text)).map(([name]) => `${file}: ${name}`),
  );
  expect(found).toEqual([]);
});

test('each of these forms would be found', () => {
  const examples =
    "DELETE FROM t RETURNING id; INSERT INTO t VALUES (1) AS new; SELECT a ->> '$.b'; LATERAL; EXCEPT; FOR UPDATE OF t; " +
    'FOR SHARE; NOWAIT; seq_1_to_9; ADD COLUMN IF NOT EXISTS; INVISIBLE; GET_LOCK; JSON_TABLE; CHECK (a > 1); ' +
    'REFERENCES t; CREATE TRIGGER t; LOCK TABLES; SAVEPOINT s; ON CONFLICT; NULLS LAST; SKIP LOCKED; ' +
    'FETCH FIRST 1 ROWS; OR REPLACE; JSON_EXISTS; JSON_PRETTY; ANY_VALUE; utf8mb4_0900_bin; KEY k ((a + b)); ' +
    'KEY k (a DESC); PERSISTENT; /*+ NO_INDEX */; MINUS';
  expect(NOT_EVERYWHERE.filter(([, form]) => !form.test(examples)).map(([name]) => name)).toEqual([]);
});

test('no table needs a feature of one of them: defaults of texts, long keys, reserved names', () => {
  const problems = MIGRATIONS.flat().flatMap((statement) => {
    const columns = [
      ...statement.matchAll(/^\s*(\w+) (BIGINT|INT|TINYINT|DOUBLE|CHAR|VARCHAR|TEXT|MEDIUMTEXT|LONGTEXT)/gm),
    ];
    const lengths = new Map(
      [...statement.matchAll(/^\s*(\w+) (?:VAR)?CHAR\((\d+)\)/gm)].map(([, name, length]) => [
        name,
        Number(length),
      ]),
    );
    return [
      ...columns
        .filter(([, name]) => RESERVED.has(name ?? ''))
        .map(([, name]) => `reserved: ${String(name)}`),
      ...(/TEXT[^,\n]*\bDEFAULT\b/.test(statement) ? [`a default of a text: ${statement}`] : []),
      // InnoDB takes 3,072 bytes, and a character of utf8mb4 may take four.
      ...[...statement.matchAll(/KEY (?:\w+ )?\(([^()]+)\)/g)]
        .map(([, key]) =>
          (key ?? '').split(/,\s*/).reduce((sum, name) => sum + 4 * (lengths.get(name) ?? 2), 0),
        )
        .filter((bytes) => bytes > 3_072)
        .map((bytes) => `a key of ${String(bytes)} bytes: ${statement}`),
    ];
  });
  expect(problems).toEqual([]);
});

test('TiDB is asked to change an index once in a statement', () => {
  const twice = MIGRATIONS.flat()
    .flatMap((statement) => stepsOn('8.0.11-TiDB-v8.5.0', statement))
    .filter((statement) => {
      const keys = [...statement.matchAll(/\b(?:ADD|DROP) KEY (\w+)/g)].map(([, key]) => key);
      return new Set(keys).size < keys.length;
    });
  expect(twice).toEqual([]);
  const replacing = 'ALTER TABLE t DROP KEY k,\n ADD KEY k (a, b)';
  expect(stepsOn('8.0.11-TiDB-v8.5.0', replacing)).toEqual([
    'ALTER TABLE t DROP KEY k',
    'ALTER TABLE t ADD KEY k (a, b)',
  ]);
  expect(stepsOn('10.11.6-MariaDB', replacing)).toEqual([replacing]);
});
