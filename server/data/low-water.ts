import { errorText } from '../../lib/runtime/error-text';
import type { Log } from '../../lib/runtime/log';
import type { Timers } from '../../lib/runtime/timers';
import { markOf, writeLowWaterMark } from '../../lib/store/sqlite/disk/low-water-mark';
import type { Standings } from '../../lib/store/sqlite/disk/standing';

/** Keeps the low-water mark close to what the database holds. */
export interface LowWaterKeeper {
  /** Writes the mark now if anything changed since the last time. Never rejects. */
  write(): Promise<void>;
  /** Writes it for the last time, and resolves once it is on disk. Never rejects. */
  stop(): Promise<void>;
}

/**
 * How far the mark may lag behind acknowledged messages, in ms. A loss of messages acknowledged
 * within this time before a crash may go unnoticed. A mark costs three disk syncs, and no answer to
 * WeChat Pay waits for them.
 */
const EVERY_MS = 2_000;

/**
 * Starts to keep the mark in `file`. The database's epoch is raised before the mark is written, so
 * that a crash in between leaves a database ahead of its mark, never behind it.
 *
 * Failure policy: fail open. A mark that cannot be written is logged once and tried again: the
 * older one remains, and proves less.
 */
export function keepLowWaterMark(parts: {
  readonly file: string;
  readonly standings: Standings;
  readonly timers: Timers;
  readonly log: Log;
}): LowWaterKeeper {
  const { file, standings, timers, log } = parts;
  let writing: Promise<void> | null = null;
  let failing = false;
  let stopped = false;
  let cancel = (): void => undefined;

  const writeOnce = async (): Promise<void> => {
    try {
      if (!standings.changed()) return;
      await writeLowWaterMark(file, markOf(await standings.raise()));
      failing = false;
    } catch (error) {
      if (!failing) log.error('low_water_mark_failed', { outTradeNo: null, error: errorText(error) });
      failing = true;
    }
  };

  const write = (): Promise<void> => {
    writing ??= writeOnce().finally(() => {
      writing = null;
    });
    return writing;
  };

  const next = (): void => {
    if (stopped) return;
    cancel = timers.after(EVERY_MS, () => void write().finally(next));
  };
  next();

  return {
    write,
    async stop() {
      stopped = true;
      cancel();
      // A running write may have read before the last change.
      await writing;
      await write();
    },
  };
}
