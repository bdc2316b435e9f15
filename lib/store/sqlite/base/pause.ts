/** Lets all other work run before a long read continues: SQLite runs in this same thread. */
export function pause(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
