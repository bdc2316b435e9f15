import { delimitedRows } from './delimited';
import { InputError } from '../input-error';
import { writtenKind } from './file-kinds';
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
  const rows = delimitedRows(tableTexts(texts, input.name), input.name, score);
  return [{ name: input.name, rows, isHidden: false, encoding, from1904: () => false }];
}

/** Passes text on, and refuses by its beginning what is no table of cells. */
async function* tableTexts(texts: AsyncIterable<string>, name: string): AsyncGenerator<string, void, void> {
  let isFirst = true;
  for await (const text of texts) {
    const kind = isFirst ? writtenKind(text) : null;
    if (kind !== null) throw new InputError(kind, { file: name });
    isFirst = false;
    yield text;
  }
}
