import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { orderSchema, type SimulatedOrder } from './order';

/**
 * What WeChat Pay must not forget when the process that plays it is killed: every order, after each change, with
 * its unfinished notification. Later entries about an order replace earlier ones.
 */
export interface Journal {
  /** Every entry so far, oldest first. */
  read(): readonly SimulatedOrder[];
  /** Adds an entry. When it returns, the entry survives the end of this process. */
  append(order: SimulatedOrder): void;
  /** Lets go of what it holds; no call may follow. */
  close(): void;
}

/** A journal that lives as long as its object: for tests that restart a simulator without a file. */
export function memoryJournal(): Journal {
  const entries: SimulatedOrder[] = [];
  return {
    read: () => [...entries],
    append: (order) => void entries.push(structuredClone(order)),
    close: () => undefined,
  };
}

/**
 * A journal in a file, one JSON entry per line, opened or made at `path`. A last line that was cut off by the end
 * of the process is dropped: the step it tells of was never answered. Throws when any other line cannot be read,
 * and names it; the file is then left as it is.
 *
 * Written without fsync: it has to survive a killed process, which the page cache does. A simulator may forget its
 * last moments in a power cut.
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
      append: (order) => void writeSync(file, `${JSON.stringify(order)}\n`),
      close: () => closeSync(file),
    };
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

function readLine(line: string, path: string, number: number): SimulatedOrder {
  try {
    return orderSchema.parse(JSON.parse(line));
  } catch (cause) {
    throw new Error(
      `line ${number} of the simulator's journal ${path} cannot be read: delete the file to begin anew`,
      { cause },
    );
  }
}
