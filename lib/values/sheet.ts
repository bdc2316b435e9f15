import { CSV_MARK, csvLine, csvNumber, type CsvCell } from './csv';
import { fenToYuan, type Fen } from './fen';

/**
 * One cell of a table for a spreadsheet: text, a count, an amount of fen that is shown in yuan, or
 * a number that identifies something and must keep every digit. Null is an empty cell.
 */
export type Cell = string | number | null | { readonly fen: Fen } | { readonly id: string };

/** A table: its rows, the header included. */
export type Rows = readonly (readonly Cell[])[];

/** Rows as lines of a CSV file, without its byte order mark. */
export function csvLines(rows: Rows): string {
  return rows.map((row) => csvLine(row.map(csvCell))).join('');
}

/** Rows as a whole CSV file. */
export function csvFile(rows: Rows): string {
  return CSV_MARK + csvLines(rows);
}

function csvCell(cell: Cell): CsvCell {
  if (cell === null || typeof cell !== 'object') return cell;
  return 'fen' in cell ? fenToYuan(cell.fen) : csvNumber(cell.id);
}

/** An identifying number as a cell; null stays empty. */
export function idCell(id: string | null): Cell {
  return id === null ? null : { id };
}
