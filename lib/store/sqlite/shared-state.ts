import type { ForgettingState } from '../../runtime/shared-state';
import { isJson, type Json } from '../../values/json';
import { reading } from '../rows/columns';
import type { Connection } from './base/connection';
import type { GroupCommit } from './commits/group-commit';
import { sharedValueText } from '../value-limit';

/** Values shared between processes, in SQLite: one statement to read, one to write. */
export function sqliteSharedState(connection: Connection, commits: GroupCommit): ForgettingState {
  const find = connection.prepare('SELECT version, value FROM shared_state WHERE key = ? AND expires_at > ?');
  const create = connection.prepare(
    `INSERT INTO shared_state (key, version, value, expires_at) VALUES (?1, 1, ?2, ?3)
     ON CONFLICT (key) DO UPDATE SET version = version + 1, value = ?2, expires_at = ?3
     WHERE expires_at <= ?4`,
  );
  const replace = connection.prepare(
    `UPDATE shared_state SET version = version + 1, value = ?2, expires_at = ?3
     WHERE key = ?1 AND version = ?4`,
  );
  const forget = connection.prepare('DELETE FROM shared_state WHERE expires_at < ?');
  return {
    forgetExpired: async (before) => commits.write(() => forget.run(before)),
    read: async (key, now) => {
      const [found] = find.all(key, now);
      if (found === undefined) return null;
      const row = reading(found);
      return { version: row.integer(), value: row.json(isValue) };
    },
    write: async ({ key, version, value, expiresAt, now }) => {
      const text = sharedValueText(value);
      return commits.write(() =>
        version === null
          ? create.run(key, text, expiresAt, now) === 1
          : replace.run(key, text, expiresAt, version) === 1,
      );
    },
  };
}

function isValue(value: unknown): value is Json {
  return isJson(value);
}
