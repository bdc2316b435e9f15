/** Lets everything that waits have its turn before a long reading goes on: SQLite answers in this very thread. */
export function pause(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
