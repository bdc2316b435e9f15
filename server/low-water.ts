import { errorText } from '../lib/runtime/error-text';
import type { Log } from '../lib/runtime/log';
import type { Timers } from '../lib/runtime/timers';
import { markOf, writeLowWaterMark } from '../lib/store/sqlite/disk/low-water-mark';
import type { Standings } from '../lib/store/sqlite/disk/standing';

/** Keeps the low-water mark near what the database holds. */
export interface LowWaterKeeper {
  /** Writes the mark now when something changed since the last time. Never rejects. */
  write(): Promise<void>;
  /** Writes it for the last time, and resolves when that is on disk. Never rejects. */
  stop(): Promise<void>;
}

/**
 * How long the mark may lag behind what was acknowledged, in ms: what comes later than that before a crash is the most whose loss goes
 * unnoticed. A mark costs three syncs of the disk, none of which an answer to WeChat Pay waits for.
 */
const EVERY_MS = 2_000;

/**
 * Starts keeping the mark in `file`. The database's epoch is raised first and the mark written afterwards, so that a crash between the
 * two leaves a database that is ahead of its mark, never one that is behind it.
 *
 * Failure policy: fail open. A mark that cannot be written is logged once and tried again: the older one still stands, and proves less.
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
      // One that is under way may have read before the last change.
      await writing;
      await write();
    },
  };
}
