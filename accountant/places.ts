import type { ItemLine } from './compare/ledger';

/**
 * Lines of several files as one number, the place, so that a million items keep four bytes each. A
 * file's places follow those of the file before it.
 */
export interface Places {
  /** Begins a further file. */
  nextFile(): void;
  /** The place of a line of the current file; lines count from 1. */
  of(line: number): number;
  /** The file and line of a place. */
  at(place: number): ItemLine;
}

/** Creates the places of no file. */
export function places(): Places {
  /** The place before each file's first line. */
  const starts: number[] = [];
  let start = 0;
  let end = 0;
  return {
    nextFile() {
      start = end;
      starts.push(start);
    },
    of(line) {
      end = Math.max(end, start + line);
      return start + line;
    },
    at(place) {
      let file = starts.length - 1;
      while (file > 0 && (starts[file] ?? 0) >= place) file -= 1;
      return { file: Math.max(0, file), line: place - (starts[file] ?? 0) };
    },
  };
}
