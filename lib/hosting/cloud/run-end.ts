const ends: (() => Promise<void>)[] = [];

/** Has `end` called at the end of each run of this process. It must not reject, nor take long. */
export function atRunEnd(end: () => Promise<void>): void {
  ends.push(end);
}

/** Calls all of them and waits, before the platform makes the process stand still. */
export async function endRun(): Promise<void> {
  for (const end of ends) await end();
}
