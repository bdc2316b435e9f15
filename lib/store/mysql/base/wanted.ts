/** The indexes of one table by name, each as its columns: `UNIQUE (out_trade_no)`, `(day, id)`. */
export type Indexes = ReadonlyMap<string, string>;

/** An index as text, so that two are compared. */
export function indexText(isUnique: boolean, columns: readonly string[]): string {
  return `${isUnique ? 'UNIQUE ' : ''}(${columns.join(', ')})`;
}

/**
 * The tables that migrations make and their indexes, read from the statements. The primary key is
 * called PRIMARY. A test compares the result with a real database, so a migration of a form that is
 * not read here is noticed.
 */
export function wantedTables(migrations: readonly (readonly string[])[]): ReadonlyMap<string, Indexes> {
  const tables = new Map<string, Map<string, string>>();
  for (const statement of migrations.flat()) {
    const table = /^(?:CREATE|ALTER) TABLE (\w+)/.exec(statement)?.[1];
    if (table === undefined) continue;
    const indexes = tables.get(table) ?? new Map<string, string>();
    tables.set(table, indexes);
    const column = /(\w+) [A-Z]+(?:\(\d+\))? NOT NULL(?: AUTO_INCREMENT)? PRIMARY KEY/.exec(statement)?.[1];
    if (column !== undefined) indexes.set('PRIMARY', indexText(true, [column]));
    for (const [, kind, name, columns] of statement.matchAll(
      /(PRIMARY |UNIQUE )?KEY (?:(\w+) )?\(([^()]+)\)/g,
    )) {
      indexes.set(name ?? 'PRIMARY', indexText(kind !== undefined, (columns ?? '').split(/,\s*/)));
    }
  }
  return tables;
}
