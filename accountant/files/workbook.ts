import type { ZipFile } from 'yauzl';
import { SaxesParser, type SaxesTagPlain } from 'saxes';
import { InputError } from '../input-error';
import { entriesOf, entryChunks, openArchive, type OnBytes } from './input';
import { TABLE_LIMITS } from './limits';
import type { Table, TableRow } from './table';

/**
 * Opens a workbook (xlsx): its sheets, each a table that is read as a stream. Only the text
 * that cells share is held in memory. Rejects with `InputError` for a damaged or locked file.
 */
export async function workbookTables(path: string, onBytes: OnBytes): Promise<readonly Table[]> {
  const archive = await openArchive(path);
  const sizes = await sizesOf(archive, path);
  if (!sizes.has('xl/workbook.xml')) throw new InputError('not_a_workbook', { file: path });
  const { sheets, from1904 } = await sheetsOf(path);
  const shared = sizes.has(SHARED) ? await sharedTexts(path) : [];
  const known = sheets.filter(({ entry }) => sizes.has(entry));
  if (known.length === 0) throw new InputError('no_rows', { file: path });
  return known.map(({ name, entry, isHidden }) => ({
    isHidden,
    name: known.length === 1 ? path : `${path} › ${name}`,
    rows: rowsOf(path, entry, shared, () => {
      onBytes(sizes.get(entry) ?? 0);
    }),
    encoding: () => 'xlsx',
    from1904: () => from1904,
  }));
}

const SHARED = 'xl/sharedStrings.xml';

/** The compressed size of each entry. */
async function sizesOf(archive: ZipFile, path: string): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  try {
    for await (const entry of entriesOf(archive, path)) {
      if (entry.isEncrypted()) throw new InputError('encrypted_archive', { file: path });
      sizes.set(entry.fileName, entry.compressedSize);
    }
  } finally {
    archive.close();
  }
  return sizes;
}

interface ListedSheet {
  readonly name: string;
  readonly isHidden: boolean;
  readonly entry: string;
}

async function sheetsOf(
  path: string,
): Promise<{ readonly sheets: readonly ListedSheet[]; readonly from1904: boolean }> {
  const targets = new Map<string, string>();
  await parse(path, 'xl/_rels/workbook.xml.rels', {
    open: ({ name, attributes }) => {
      if (localName(name) === 'Relationship') targets.set(attributes['Id'] ?? '', attributes['Target'] ?? '');
    },
  });
  const sheets: ListedSheet[] = [];
  let from1904 = false;
  await parse(path, 'xl/workbook.xml', {
    open: ({ name, attributes }) => {
      if (localName(name) === 'workbookPr') from1904 = /^(?:1|true)$/.test(attributes['date1904'] ?? '');
      if (localName(name) !== 'sheet') return;
      const id = Object.entries(attributes).find(([key]) => /(?:^|:)id$/.test(key))?.[1] ?? '';
      const target = (targets.get(id) ?? '').replace(/^\//, '');
      sheets.push({
        name: attributes['name'] ?? '',
        isHidden: /hidden/i.test(attributes['state'] ?? ''),
        entry: target.startsWith('xl/') ? target : `xl/${target}`,
      });
    },
  });
  return { sheets, from1904 };
}

/** The texts that cells share, by index. Phonetic readings are left out. */
async function sharedTexts(path: string): Promise<readonly string[]> {
  const texts: string[] = [];
  let chars = 0;
  let text = '';
  let reading = false;
  let phonetic = false;
  await parse(path, SHARED, {
    open: ({ name }) => {
      const local = localName(name);
      if (local === 'si') text = '';
      reading = local === 't' && !phonetic;
      if (local === 'rPh') phonetic = true;
    },
    text: (part) => {
      if (reading) text += part;
    },
    close: (name) => {
      const local = localName(name);
      if (local === 't') reading = false;
      if (local === 'rPh') phonetic = false;
      if (local !== 'si') return;
      chars += text.length;
      if (chars > TABLE_LIMITS.sharedChars) throw new InputError('too_large', { file: path });
      texts.push(text);
    },
  });
  return texts;
}

async function* rowsOf(
  path: string,
  entry: string,
  shared: readonly string[],
  onEnd: () => void,
): AsyncGenerator<readonly TableRow[], void, void> {
  let batch: TableRow[] = [];
  const sheet = sheetReader(shared, (row) => batch.push(row));
  const parser = parserOf(sheet);
  const decoder = new TextDecoder();
  let lines = 0;
  for await (const chunk of entryChunks(path, entry)) {
    guarded(path, () => parser.write(decoder.decode(chunk, { stream: true })));
    lines += batch.length;
    if (lines > TABLE_LIMITS.lines) throw new InputError('too_many_lines', { file: path });
    yield batch;
    batch = [];
  }
  guarded(path, () => parser.close());
  onEnd();
  yield batch;
}

/** Reads the cells of a sheet and hands over each row that has any. */
function sheetReader(shared: readonly string[], onRow: (row: TableRow) => void): Handlers {
  let cells: string[] = [];
  let line = 0;
  let type = '';
  let column = -1;
  let text = '';
  let reading = false;
  let phonetic = false;
  return {
    open: ({ name, attributes }) => {
      switch (localName(name)) {
        case 'row':
          cells = [];
          line = rowNumber(attributes['r'], line);
          column = -1;
          return;
        case 'c':
          type = attributes['t'] ?? 'n';
          column = columnOf(attributes['r']) ?? column + 1;
          text = '';
          return;
        case 'rPh':
          phonetic = true;
          return;
        case 'v':
        case 't':
          reading = !phonetic;
          return;
        default:
          reading = false;
      }
    },
    text: (part) => {
      if (reading) text += part;
    },
    close: (name) => {
      switch (localName(name)) {
        case 'c':
          if (text === '' || column > MOST_COLUMNS) return;
          while (cells.length < column) cells.push('');
          cells[column] = valueOf(type, text, shared);
          return;
        case 'row':
          if (cells.some((cell) => cell !== '')) onRow({ cells, line });
          return;
        case 'rPh':
          phonetic = false;
          return;
        case 'v':
        case 't':
          reading = false;
          return;
        default:
      }
    },
  };
}

/** Columns that a row may have; Excel's own limit. */
const MOST_COLUMNS = 16_384;

/** Rows that a sheet may have; Excel's own limit. */
const MOST_ROWS = 1_048_576;

/** The number of a row: its own when it follows the row before and can be one, or the next. */
function rowNumber(given: string | undefined, before: number): number {
  const number = Number(given);
  return Number.isInteger(number) && number > before && number <= MOST_ROWS ? number : before + 1;
}

/** The column of a reference such as `AB12`, from 0; null without one. */
function columnOf(reference: string | undefined): number | null {
  const letters = /^[A-Z]{1,3}/.exec(reference ?? '')?.[0];
  if (letters === undefined) return null;
  let column = 0;
  for (const letter of letters) column = column * 26 + letter.charCodeAt(0) - 64;
  return column - 1;
}

function valueOf(type: string, text: string, shared: readonly string[]): string {
  switch (type) {
    case 's':
      return shared[Number(text)] ?? '';
    case 'n':
      return numberText(text);
    case 'b':
      return text === '1' ? 'TRUE' : 'FALSE';
    case 'e':
      return '';
    default:
      return text;
  }
}

/** The digits that a spreadsheet keeps of a number. */
const KEPT_DIGITS = 15;

/**
 * A number as a spreadsheet shows it: `0.28999999999999998` is 0.29. One with more digits than a
 * spreadsheet keeps stays as it is written, so that its loss can be recognised.
 */
function numberText(text: string): string {
  const value = Number(text);
  if (!Number.isFinite(value) || Math.abs(value) >= 10 ** KEPT_DIGITS) return text;
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(KEPT_DIGITS)));
}

interface Handlers {
  readonly open: (tag: SaxesTagPlain) => void;
  readonly text?: (text: string) => void;
  readonly close?: (name: string) => void;
}

function parserOf({ open, text, close }: Handlers): SaxesParser {
  const parser = new SaxesParser();
  parser.on('opentag', open);
  if (text !== undefined) parser.on('text', text);
  if (close !== undefined) {
    parser.on('closetag', ({ name }) => {
      close(name);
    });
  }
  parser.on('doctype', () => {
    // A workbook has none; entities of one could expand without end.
    throw new SyntaxError('a document type is not allowed');
  });
  return parser;
}

/** Parses a whole part of a workbook. Rejects with `InputError` when it is damaged. */
async function parse(path: string, entry: string, handlers: Handlers): Promise<void> {
  const parser = parserOf(handlers);
  const decoder = new TextDecoder();
  for await (const chunk of entryChunks(path, entry)) {
    guarded(path, () => parser.write(decoder.decode(chunk, { stream: true })));
  }
  guarded(path, () => parser.close());
}

function guarded(path: string, act: () => unknown): void {
  try {
    act();
  } catch (error) {
    throw error instanceof InputError
      ? error
      : new InputError('bad_archive', { file: path }, { cause: error });
  }
}

function localName(name: string): string {
  const colon = name.indexOf(':');
  return colon < 0 ? name : name.slice(colon + 1);
}
