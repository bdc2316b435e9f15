import { useState } from 'preact/hooks';
import { failureText } from '../language/say';
import type { Cell, Rows } from '../../lib/values/sheet';
import { useSession } from '../session';
import { MOST_ROWS, type PageRead } from './export';

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
