import { readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where Jest's folders are made (test/compiled/compile.cjs). */
const PLACES: readonly string[] = ['/dev/shm', tmpdir()];

/** The folders that the Jest process with this id has made in `places`. A place may be missing. */
export function foldersOf(pid: number, places: readonly string[] = PLACES): readonly string[] {
  return places.flatMap((place) =>
    namesIn(place)
      .filter((name) => name.startsWith(`wxpay-inbox-jest-${pid}-`))
      .map((name) => join(place, name)),
  );
}

/**
 * Removes what a Jest process that was killed has left, which may be half a gigabyte of memory.
 * Failure policy: fail open. What cannot be removed costs memory only, and the run has failed
 * already.
 */
export function removeFoldersOf(pid: number, places: readonly string[] = PLACES): void {
  for (const folder of foldersOf(pid, places)) {
    try {
      // A browser that was just ended may still write.
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    } catch (error) {
      console.error(`${folder} could not be removed:`, error);
    }
  }
}

function namesIn(place: string): readonly string[] {
  try {
    return readdirSync(place);
  } catch {
    return [];
  }
}
