import { isSeal } from '../../model/operators/audit-seal';
import type { Alarms, Audit, FigureHistory } from '../ports/ops-port';
import { reading } from '../rows/columns';
import type { Connection } from './base/connection';
import { checkedLimit, readCursor } from '../rows/cursor';
import type { GroupCommit } from './commits/group-commit';
import {
  entryPage,
  LISTED_ENTRY_COLUMNS,
  readAlarms,
  readEntries,
  readFigures,
  readSignals,
} from '../rows/operation-rows';

/** The audit log in SQLite. */
export function sqliteAudit(connection: Connection, commits: GroupCommit): Audit {
  const insert = connection.prepare(
    'INSERT INTO audit (id, at, subject, entry) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING',
  );
  const find = connection.prepare('SELECT entry FROM audit WHERE id IN (SELECT value FROM json_each(?))');
  const addSeal = connection.prepare(
    'INSERT INTO audit_seals (n, seal) VALUES (?, ?) ON CONFLICT (n) DO NOTHING',
  );
  const seals = connection.prepare('SELECT seal FROM audit_seals WHERE n < ? ORDER BY n DESC LIMIT ?');
  const listOf = (subject: string) =>
    connection.prepare(
      `SELECT ${LISTED_ENTRY_COLUMNS} FROM audit WHERE ${subject} AND at <= ?2 AND (at, id) < (?2, ?3)
         AND subject IS NOT ?5 ORDER BY at DESC, id DESC LIMIT ?4`,
    );
  const lists = { all: listOf('?1 IS NULL'), ofSubject: listOf('subject = ?1') };
  return {
    append: async (entry) => {
      await commits.write(() => insert.run(entry.id, entry.at, entry.subject.name, JSON.stringify(entry)));
    },
    list: async ({ subject, except = null, after, limit }) => {
      const { at, name } = readCursor(after);
      const list = subject === null ? lists.all : lists.ofSubject;
      return entryPage(list.all(subject, at, name, checkedLimit(limit) + 1, except), limit);
    },
    find: async (ids) => readEntries(find.all(JSON.stringify(ids))),
    addSeal: async (seal) => commits.write(() => addSeal.run(seal.n, JSON.stringify(seal)) === 1),
    seals: async ({ before, limit }) =>
      seals
        .all(before ?? Number.MAX_SAFE_INTEGER, checkedLimit(limit))
        .map((columns) => reading(columns).json(isSeal)),
  };
}

/** Figures over time, in SQLite. */
export function sqliteFigures(connection: Connection, commits: GroupCommit): FigureHistory {
  const put = connection.prepare('INSERT OR REPLACE INTO figures (at, figures) VALUES (?, ?)');
  const range = connection.prepare(
    'SELECT figures FROM figures WHERE at >= ? AND at < ? ORDER BY at LIMIT 1000',
  );
  const forget = connection.prepare('DELETE FROM figures WHERE at < ?');
  return {
    put: async (figures) => {
      await commits.write(() => put.run(figures.at, JSON.stringify(figures)));
    },
    range: async (from, to) => readFigures(range.all(from, to)),
    forgetBefore: async (at) => commits.write(() => forget.run(at)),
  };
}

/** Alarms and signals, in SQLite. */
export function sqliteAlarms(connection: Connection, commits: GroupCommit): Omit<Alarms, 'standing'> {
  const all = connection.prepare('SELECT alarm FROM alarms ORDER BY cause');
  const insert = connection.prepare(
    'INSERT INTO alarms (cause, version, alarm) VALUES (?1, ?2, ?3) ON CONFLICT (cause) DO NOTHING',
  );
  const update = connection.prepare(
    'UPDATE alarms SET version = ?2, alarm = ?3 WHERE cause = ?1 AND version = ?2 - 1',
  );
  const raise = connection.prepare('INSERT OR REPLACE INTO signals (cause, signal) VALUES (?, ?)');
  const lower = connection.prepare(`DELETE FROM signals WHERE cause = ? AND signal ->> '$.detail' = ?`);
  const signals = connection.prepare('SELECT signal FROM signals ORDER BY cause');
  return {
    all: async () => readAlarms(all.all()),
    save: async (alarm) =>
      commits.write(() => {
        const write = alarm.version === 1 ? insert : update;
        return write.run(alarm.cause, alarm.version, JSON.stringify(alarm)) === 1;
      }),
    raise: async (signal) => {
      await commits.write(() => raise.run(signal.cause, JSON.stringify(signal)));
    },
    signals: async () => readSignals(signals.all()),
    lower: async (cause, detail) => {
      await commits.write(() => lower.run(cause, detail));
    },
  };
}
