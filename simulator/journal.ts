import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { z } from 'zod';
import { isRecord } from '../lib/values/json';
import { plantSchema } from './bill/plant';
import { orderSchema } from './order';
import { refundSchema } from './refund/refund';
import { waitingWishSchema } from './refund/wish';

const entrySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('order'), order: orderSchema }),
  z.object({ kind: z.literal('refund'), refund: refundSchema }),
  z.object({ kind: z.literal('refund_wish'), waiting: waitingWishSchema }),
  z.object({ kind: z.literal('plant'), plant: plantSchema }),
]);

/** Something as it is after a change. Later entries about the same thing replace earlier ones. */
export type JournalEntry = Readonly<z.infer<typeof entrySchema>>;

/**
 * What WeChat Pay must not forget when the process that plays it is killed: every order and refund
 * with its unfinished notifications, and what was wished of refunds and statements.
 */
export interface Journal {
  /** Every entry so far, oldest first. */
  read(): readonly JournalEntry[];
  /** Adds an entry. When it returns, the entry survives the end of this process. */
  append(entry: JournalEntry): void;
  /** Lets go of what it holds; no call may follow. */
  close(): void;
}

/** A journal that cannot be read. The message names the file and the line, and says what to do. */
export class JournalError extends Error {
  override readonly name = 'JournalError';
}

/**
 * A journal that lives as long as its object: for tests that restart a simulator without a file.
 */
export function memoryJournal(): Journal {
  const entries: JournalEntry[] = [];
  return {
    read: () => [...entries],
    append: (entry) => void entries.push(structuredClone(entry)),
    close: () => undefined,
  };
}

/**
 * A journal in a file, one JSON entry per line, opened or made at `path`. A last line that was cut
 * off by the end of the process is dropped: the step it tells of was never answered. Throws
 * `JournalError` when any other line cannot be read, and names it; the file is then left as it is.
 * Throws the file system's error when the file cannot be opened.
 *
 * Written without fsync: it has to survive a killed process, which the page cache does. A simulator
 * may forget its last moments in a power cut.
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
    // Before there were refunds, a line was an order and nothing else.
    if (isRecord(entry) && !('kind' in entry)) return { kind: 'order', order: orderSchema.parse(entry) };
    return entrySchema.parse(entry);
  } catch (cause) {
    throw new JournalError(
      `line ${number} of the simulator's journal ${path} cannot be read: delete the file to begin anew`,
      { cause },
    );
  }
}
