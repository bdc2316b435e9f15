import { delimitedRows } from './delimited';
import type { Input, OnBytes } from './input';
import type { HeaderScore, Table } from './table';
import { decodedText } from './text';

/** The tables in a file: one, or the sheets of a workbook. */
export async function tablesOf(
  input: Input,
  score: HeaderScore,
  onBytes: OnBytes,
): Promise<readonly Table[]> {
  if (input.kind === 'workbook') return (await import('./workbook')).workbookTables(input.path, onBytes);
  const { texts, encoding } = decodedText(input.plain());
  const rows = delimitedRows(texts, input.name, score);
  return [{ name: input.name, rows, encoding, from1904: () => false }];
}
