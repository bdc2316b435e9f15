import type { Alarms, Audit, FigureHistory } from '../ops-port';
import type { Database } from './base/database';
import { unbuilt } from './base/unbuilt';

/** The audit log in MySQL. */
export function mysqlAudit(_database: Database): Audit {
  return { append: unbuilt, list: unbuilt, find: unbuilt, addSeal: unbuilt, seals: unbuilt };
}

/** Figures over time, in MySQL. */
export function mysqlFigures(_database: Database): FigureHistory {
  return { put: unbuilt, range: unbuilt, forgetBefore: unbuilt };
}

/** Alarms and signals, in MySQL. */
export function mysqlAlarms(_database: Database): Alarms {
  return { all: unbuilt, save: unbuilt, raise: unbuilt, signals: unbuilt, lower: unbuilt };
}
