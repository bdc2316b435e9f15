/** One row of a table: its cells as text, and its first line in the file, from 1. */
export interface TableRow {
  readonly cells: readonly string[];
  readonly line: number;
}

/** A table while it is read, in batches so that a million rows cost few awaits. */
export interface Table {
  /** The file, with the sheet when it has several. */
  readonly name: string;
  readonly rows: AsyncIterable<readonly TableRow[]>;
  /** True for a sheet that its workbook hides: it is named, and not read. */
  readonly isHidden: boolean;
  /** How it is written; known once a row has been read. */
  readonly encoding: () => string;
  /** True when numbers are dates that count from 1904, as in workbooks of old Macs. */
  readonly from1904: () => boolean;
}

/**
 * How well the cells of a line fit as the header of a table: 0 not at all, otherwise the more the
 * better.
 */
export type HeaderScore = (cells: readonly string[]) => number;

/** Lines in which a header is looked for; above it are titles. */
export const HEADER_LINES = 40;
