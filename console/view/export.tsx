import { useState } from 'preact/hooks';
import { csvFile, type Cell, type Rows } from '../../lib/values/sheet';
import { xlsxFile, type Sheet } from '../../lib/values/xlsx';
import type { Failure } from '../api/client';
import { failureText } from '../language/say';
import { formatBeijing } from '../../lib/values/instant';
import { useSession } from '../session';
import type { ListColumn } from './list';

/** The most rows in one file, so that neither a spreadsheet nor the tab's memory suffers. */
const MOST_ROWS = 10_000;

/** The result of reading one page of a list. */
export type PageRead<Item> =
  | { readonly ok: true; readonly items: readonly Item[]; readonly next: string | null }
  | { readonly ok: false; readonly failure: Failure };

/** A button that writes all rows of a filter into a CSV file, not only the visible page. */
export function ExportList<Item>({
  name,
  columns,
  read,
}: {
  readonly name: string;
  readonly columns: readonly ListColumn<Item>[];
  readonly read: (after: string | null) => Promise<PageRead<Item>>;
}) {
  const { words, now } = useSession();
  return (
    <ExportRows
      label={words.table.exportAll}
      read={async (after) => {
        const page = await read(after);
        return page.ok
          ? { ...page, items: page.items.map((item) => columns.map(({ csv }) => csv(item))) }
          : page;
      }}
      write={(rows) => {
        const header = columns.map(({ id }) => words.column[id]);
        downloadRows(`${name}-${formatBeijing(now(), 'YYYYMMDD-HHmm')}.csv`, [header, ...rows]);
      }}
    />
  );
}

/** A button that reads all pages of a table and writes them into a file. */
export function ExportRows({
  label,
  read,
  write,
}: {
  readonly label: string;
  readonly read: (after: string | null) => Promise<PageRead<readonly Cell[]>>;
  readonly write: (rows: Rows) => void;
}) {
  const { words, say } = useSession();
  const [rows, setRows] = useState<number | null>(null);
  const all = async (): Promise<void> => {
    const found: (readonly Cell[])[] = [];
    let after: string | null = null;
    setRows(0);
    do {
      const page: PageRead<readonly Cell[]> = await read(after);
      if (!page.ok) {
        setRows(null);
        say(failureText(words, page.failure));
        return;
      }
      found.push(...page.items);
      setRows(found.length);
      after = page.next;
    } while (after !== null && found.length < MOST_ROWS);
    setRows(null);
    write(found);
    say(after === null ? words.table.exported(found.length) : words.table.exportedPart(found.length));
  };
  return (
    <button type="button" class="export" disabled={rows !== null} onClick={() => void all()}>
      {rows === null ? label : words.table.exporting(rows)}
    </button>
  );
}

/** Offers rows to the browser as a CSV file. */
export function downloadRows(name: string, rows: Rows): void {
  offer(name, new Blob([csvFile(rows)], { type: CSV_TYPE }));
}

/** Offers sheets to the browser as a workbook. */
export function downloadWorkbook(name: string, sheets: readonly Sheet[]): void {
  offer(name, new Blob([xlsxFile(sheets)], { type: XLSX_TYPE }));
}

const CSV_TYPE = 'text/csv;charset=utf-8';
const XLSX_TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

function offer(name: string, file: Blob): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => {
    URL.revokeObjectURL(url);
  }, 10_000);
}
