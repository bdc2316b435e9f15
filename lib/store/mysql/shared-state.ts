import type { ForgettingState } from '../../runtime/shared-state';
import { isJson, type Json } from '../../values/json';
import { reading } from '../rows/columns';
import { sharedValueText } from '../value-limit';
import type { Database } from './base/database';

/** Values shared between servers, in MySQL. */
export function mysqlSharedState(database: Database): ForgettingState {
  return {
    forgetExpired: (before) => database.change('DELETE FROM shared_state WHERE expires_at < ?', before),
    read: async (key, now) => {
      const [found] = await database.rows(
        'SELECT version, value FROM shared_state WHERE name = ? AND expires_at > ?',
        key,
        now,
      );
      if (found === undefined) return null;
      const row = reading(found);
      return { version: row.integer(), value: row.json(isValue) };
    },
    write: async ({ key, version, value, expiresAt, now }) => {
      const text = sharedValueText(value);
      if (version === null) {
        const isNew = await database.insert(
          'INSERT INTO shared_state (name, version, value, expires_at) VALUES (?, 1, ?, ?)',
          key,
          text,
          expiresAt,
        );
        if (isNew) return true;
      }
      const changed = await database.change(
        `UPDATE shared_state SET version = version + 1, value = ?2, expires_at = ?3
         WHERE name = ?1 AND ${version === null ? 'expires_at <= ?4' : 'version = ?4'}`,
        key,
        text,
        expiresAt,
        version ?? now,
      );
      return changed === 1;
    },
  };
}

function isValue(value: unknown): value is Json {
  return isJson(value);
}
