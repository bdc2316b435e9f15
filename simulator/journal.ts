import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { z } from 'zod';
import { isRecord } from '../lib/values/json';
import { plantSchema } from './bill/plant';
import { orderSchema } from './order';
import { refundSchema } from './refund/refund';
import { waitingScriptSchema } from './refund/script';

const entrySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('order'), order: orderSchema }),
  z.object({ kind: z.literal('refund'), refund: refundSchema }),
  z.object({ kind: z.literal('refund_script'), waiting: waitingScriptSchema }),
  z.object({ kind: z.literal('plant'), plant: plantSchema }),
]);

/** A record after a change. Later entries replace earlier ones of the same record. */
export type JournalEntry = Readonly<z.infer<typeof entrySchema>>;

/**
 * The state that must survive when the simulator's process is killed: every order and refund with
 * its unfinished notifications, and the requests for refunds and bills.
 */
export interface Journal {
  /** Every entry so far, oldest first. */
  read(): readonly JournalEntry[];
  /** Appends an entry. Once this returns, the entry survives the end of the process. */
  append(entry: JournalEntry): void;
  /** Closes the journal; no call may follow. */
  close(): void;
}

/** The journal is unreadable. The message names file and line, and says what to do. */
export class JournalError extends Error {
  override readonly name = 'JournalError';
}

/** An in-memory journal, for tests that restart a simulator without a file. */
export function memoryJournal(): Journal {
  const entries: JournalEntry[] = [];
  return {
    read: () => [...entries],
    append: (entry) => void entries.push(structuredClone(entry)),
    close: () => undefined,
  };
}

/**
 * A journal in a file, one JSON entry per line; `path` is created if needed. An incomplete last
 * line is dropped: the process ended before that step was answered. Throws `JournalError` for any
 * other unreadable line and leaves the file unchanged. Throws the file system's error when the file
 * cannot be opened.
 *
 * Written without fsync: it must survive a killed process, which the page cache does. A power cut
 * may lose the last moments.
 */
export function fileJournal(path: string): Journal {
  const file = openSync(path, 'a+', 0o600);
  try {
    const text = readFileSync(path, 'utf8');
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    const entries = whole
      .split('\n')
      .slice(0, -1)
      .map((line, index) => readLine(line, path, index + 1));
    if (whole.length < text.length) ftruncateSync(file, Buffer.byteLength(whole));
    return {
      read: () => entries,
      append: (entry) => void writeSync(file, `${JSON.stringify(entry)}\n`),
      close: () => closeSync(file),
    };
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

function readLine(line: string, path: string, number: number): JournalEntry {
  try {
    const entry: unknown = JSON.parse(line);
    // The first version stored orders only, without a kind.
    if (isRecord(entry) && !('kind' in entry)) return { kind: 'order', order: orderSchema.parse(entry) };
    return entrySchema.parse(entry);
  } catch (cause) {
    throw new JournalError(
      `line ${number} of the simulator's journal ${path} cannot be read: delete the file to start again`,
      { cause },
    );
  }
}
