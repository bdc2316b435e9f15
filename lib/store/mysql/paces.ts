import { spanFrom } from '../../rules/pace';
import { later } from '../../values/instant';
import type { Paces } from '../ports/paces-port';
import { reading } from '../rows/columns';
import type { Database } from './base/database';
import { conflict } from './base/errors';

/** Rates shared between runs and servers, in MySQL: read and written in one transaction. */
export function mysqlPaces(database: Database): Paces {
  return {
    take: (name, request) =>
      database.transaction(async (session) => {
        const [found] = await session.rows('SELECT free_at FROM paces WHERE name = ? FOR UPDATE', name);
        const from = spanFrom(found === undefined ? null : reading(found).instant(), request);
        if (from === null) return null;
        const freeAt = later(from, request.spanMs);
        if (found === undefined) {
          const isFirst = await session.insert(
            'INSERT INTO paces (name, free_at) VALUES (?, ?)',
            name,
            freeAt,
          );
          if (!isFirst) throw conflict();
        } else await session.change('UPDATE paces SET free_at = ? WHERE name = ?', freeAt, name);
        return from;
      }, 'do_again'),
  };
}
