import { errorText } from '../runtime/error-text';
import type { Finding } from '../ops/api';
import { ill, well } from './finding';
import { reading } from '../store/sqlite/base/columns';
import type { Connection } from '../store/sqlite/base/connection';
import { connect } from '../store/sqlite/base/connection';
import { migrate } from '../store/sqlite/base/migrate';
import { checkDatabase } from '../store/sqlite/disk/check-database';

/**
 * Compares the indexes of a database file with those of a new one: somebody may have dropped one, or a copy may have been made without.
 * Never throws.
 */
export function examineIndexes(file: string): Finding {
  try {
    const wanted = withConnection(':memory:', (connection) => {
      migrate(connection);
      return indexesOf(connection);
    });
    const there = withConnection(file, indexesOf);
    const missing = [...wanted].filter(([name, sql]) => there.get(name) !== sql);
    if (missing.length === 0) return well('indexes', `all ${wanted.size} are there`);
    const fix = missing
      .map(([name, sql]) => `${there.has(name) ? `DROP INDEX ${name}; ` : ''}${sql};`)
      .join(' ');
    return ill(
      'indexes',
      'error',
      `missing, or not as this version makes them: ${missing.map(([name]) => name).join(', ')}`,
      `stop the server and run in the database: ${fix}`,
    );
  } catch (error) {
    return ill('indexes', 'unknown', errorText(error), 'fix the store first');
  }
}

/** Names and definitions, white space evened out. */
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

/** The pages of the database are read for at most so long, in ms: a request of an operator waits for it. */
const PAGES_MS = 20_000;

/** Reads every page of a database file from the disk. Never rejects, and takes at most 20 s: a large file is left `unknown` then. */
export async function examinePages(file: string): Promise<Finding> {
  const check = await checkDatabase(file, PAGES_MS);
  switch (check.kind) {
    case 'sound':
      return well('database', 'every page can be read and is sound (quick_check)');
    case 'damaged':
      return ill(
        'database',
        'error',
        `the database file is damaged: ${check.problems.join('; ').slice(0, 500)}`,
        'stop the server, keep a copy of DATA_DIR, look at the disk, and restore a backup (docs/backup.md)',
      );
    case 'unfinished':
      return ill(
        'database',
        'unknown',
        `its pages could not all be read within ${PAGES_MS / 1000} s`,
        'ask again: the check goes on meanwhile; or check a backup, which is read whole when it is made',
      );
    case 'failed':
      return ill('database', 'unknown', check.why, 'fix the store first');
  }
}
