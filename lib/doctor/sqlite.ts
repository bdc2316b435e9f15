import { errorText } from '../runtime/error-text';
import type { Finding } from '../ops/api';
import { passed, problem } from './finding';
import { reading } from '../store/rows/columns';
import type { Connection } from '../store/sqlite/base/connection';
import { connect } from '../store/sqlite/base/connection';
import { migrate } from '../store/sqlite/base/migrate';
import { checkDatabase } from '../store/sqlite/disk/check-database';

/**
 * Compares the indexes of a database file with those of a new one. An index may have been dropped,
 * or lost in a copy. Never throws.
 */
export function examineIndexes(file: string): Finding {
  try {
    const wanted = withConnection(':memory:', (connection) => {
      migrate(connection);
      return indexesOf(connection);
    });
    const there = withConnection(file, indexesOf);
    const missing = [...wanted].filter(([name, sql]) => there.get(name) !== sql);
    if (missing.length === 0) return passed('indexes', `all ${wanted.size} are there`);
    const fix = missing
      .map(([name, sql]) => `${there.has(name) ? `DROP INDEX ${name}; ` : ''}${sql};`)
      .join(' ');
    return problem(
      'indexes',
      'error',
      `missing, or different from what this version creates: ${missing.map(([name]) => name).join(', ')}`,
      `stop the server and run in the database: ${fix}`,
    );
  } catch (error) {
    return problem('indexes', 'unknown', errorText(error), 'fix the store first');
  }
}

/** Names and definitions, with white space normalised. */
function indexesOf(connection: Connection): ReadonlyMap<string, string> {
  const rows = connection
    .prepare(`SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY name`)
    .all();
  return new Map(
    rows.map((columns) => {
      const row = reading(columns);
      return [row.text(), row.text().replace(/\s+/g, ' ')];
    }),
  );
}

function withConnection<Result>(file: string, use: (connection: Connection) => Result): Result {
  const connection = connect(file);
  try {
    return use(connection);
  } finally {
    connection.close();
  }
}

/** Limit for reading the pages of the database, in ms: an operator's request waits for it. */
const PAGES_MS = 20_000;

/**
 * Reads every page of a database file from disk. Never rejects. Takes at most 20 s; a larger file
 * is reported as `unknown`.
 */
export async function examinePages(file: string): Promise<Finding> {
  const check = await checkDatabase(file, PAGES_MS);
  switch (check.kind) {
    case 'sound':
      return passed('database', 'every page can be read and is sound (quick_check)');
    case 'damaged':
      return problem(
        'database',
        'error',
        `the database file is damaged: ${check.problems.join('; ').slice(0, 500)}`,
        'stop the server, keep a copy of DATA_DIR, check the disk, and restore a backup (docs/backup.md)',
      );
    case 'unfinished':
      return problem(
        'database',
        'unknown',
        `its pages could not all be read within ${PAGES_MS / 1000} s`,
        'run this again: the check continues meanwhile; or check a backup, which is read completely when it is made',
      );
    case 'failed':
      return problem('database', 'unknown', check.why, 'fix the store first');
  }
}
