import type { Alarms, Audit, FigureHistory } from '../ports/ops-port';
import { isSeal } from '../../model/operators/audit-seal';
import { reading } from '../rows/columns';
import { checkedLimit, readCursor } from '../rows/cursor';
import {
  entryPage,
  LISTED_ENTRY_COLUMNS,
  readAlarms,
  readEntries,
  readFigures,
  readSignals,
} from '../rows/operation-rows';
import type { Database } from './base/database';

/** A subject as it is stored: the longest text that its index takes. */
export function subjectValue(subject: string): string {
  return subject.slice(0, 255);
}

/** The audit log in MySQL. */
export function mysqlAudit(database: Database): Audit {
  return {
    append: async (entry) => {
      await database.insert('INSERT INTO audit (id, at, subject, entry) VALUES ?', [
        [entry.id, entry.at, subjectValue(entry.subject.name), JSON.stringify(entry)],
      ]);
    },
    list: async ({ subject, except = null, after, limit }) => {
      const { at, name } = readCursor(after);
      const [index, having] =
        subject === null ? ['audit_at', 'TRUE'] : (['audit_subject', 'subject = ?4'] as const);
      const rows = await database.rows(
        `SELECT ${LISTED_ENTRY_COLUMNS} FROM audit FORCE INDEX (${index}) WHERE ${having} AND at <= ?1 AND (at, id) < (?1, ?2)
           AND NOT (subject <=> ?5) ORDER BY at DESC, id DESC LIMIT ?3`,
        at,
        name,
        checkedLimit(limit) + 1,
        subject === null ? null : subjectValue(subject),
        except === null ? null : subjectValue(except),
      );
      return entryPage(rows, limit);
    },
    find: async (ids) => readEntries(await database.rows('SELECT entry FROM audit WHERE id IN (?)', ids)),
    addSeal: (seal) =>
      database.insert('INSERT INTO audit_seals (n, seal) VALUES (?, ?)', seal.n, JSON.stringify(seal)),
    seals: async ({ before, limit }) => {
      const rows = await database.rows(
        'SELECT seal FROM audit_seals WHERE n < ? ORDER BY n DESC LIMIT ?',
        before ?? Number.MAX_SAFE_INTEGER,
        checkedLimit(limit),
      );
      return rows.map((columns) => reading(columns).json(isSeal));
    },
  };
}

/** Figures over time, in MySQL. */
export function mysqlFigures(database: Database): FigureHistory {
  return {
    put: async (figures) => {
      await database.change(
        'INSERT INTO figures (at, figures) VALUES (?1, ?2) ON DUPLICATE KEY UPDATE figures = ?2',
        figures.at,
        JSON.stringify(figures),
      );
    },
    range: async (from, to) => {
      const rows = await database.rows(
        'SELECT figures FROM figures WHERE at >= ? AND at < ? ORDER BY at LIMIT 1000',
        from,
        to,
      );
      return readFigures(rows);
    },
    forgetBefore: async (at) => database.change('DELETE FROM figures WHERE at < ?', at),
  };
}

/** Alarms and signals, in MySQL. */
export function mysqlAlarms(database: Database): Omit<Alarms, 'standing'> {
  return {
    all: async () => readAlarms(await database.rows('SELECT alarm FROM alarms ORDER BY cause')),
    save: async (alarm) => {
      const text = JSON.stringify(alarm);
      if (alarm.version === 1) {
        return database.insert(
          'INSERT INTO alarms (cause, version, alarm) VALUES (?, 1, ?)',
          alarm.cause,
          text,
        );
      }
      const changed = await database.change(
        'UPDATE alarms SET version = ?2, alarm = ?3 WHERE cause = ?1 AND version = ?2 - 1',
        alarm.cause,
        alarm.version,
        text,
      );
      return changed === 1;
    },
    raise: async (signal) => {
      await database.change(
        `INSERT INTO signals (cause, detail, told) VALUES (?1, ?2, ?3)
         ON DUPLICATE KEY UPDATE detail = ?2, told = ?3`,
        signal.cause,
        signal.detail,
        JSON.stringify(signal),
      );
    },
    signals: async () => readSignals(await database.rows('SELECT told FROM signals ORDER BY cause')),
    lower: async (cause, detail) => {
      await database.change('DELETE FROM signals WHERE cause = ? AND detail = ?', cause, detail);
    },
  };
}
