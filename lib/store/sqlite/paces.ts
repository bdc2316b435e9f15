import { spanFrom } from '../../rules/pace';
import { later } from '../../values/instant';
import type { Paces } from '../ports/paces-port';
import { reading } from '../rows/columns';
import type { Connection } from './base/connection';
import type { GroupCommit } from './commits/group-commit';

/** Rates shared between runs, in SQLite: read and written in one transaction. */
export function sqlitePaces(connection: Connection, commits: GroupCommit): Paces {
  const find = connection.prepare('SELECT free_at FROM paces WHERE name = ?');
  const put = connection.prepare('INSERT OR REPLACE INTO paces (name, free_at) VALUES (?, ?)');
  return {
    take: async (name, request) =>
      commits.write(() => {
        const [found] = find.all(name);
        const from = spanFrom(found === undefined ? null : reading(found).instant(), request);
        if (from !== null) put.run(name, later(from, request.spanMs));
        return from;
      }),
  };
}
