import { closeSync, openSync, writeSync } from 'node:fs';
import Libsql from 'libsql';

/** Overwrites the first page of a table or an index of a database that nobody has open. */
export function damage(file: string, name: string): void {
  const database = new Libsql(file);
  const row: unknown = database.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').raw().get(name);
  database.close();
  const page = Number(Array.isArray(row) ? row[0] : 0);
  const handle = openSync(file, 'r+');
  writeSync(handle, Buffer.alloc(4_096, 0xff), 0, 4_096, (page - 1) * 4_096);
  closeSync(handle);
}
