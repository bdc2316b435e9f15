import { Cron } from 'croner';
import { z } from 'zod';

/* Apart from the other fields: bundles that read settings carry no timer library. */

/**
 * A timer trigger of CloudBase has 7 fields: second minute hour day month weekday year, in UTC+8.
 */
export const cron = z.string().refine(isCron, {
  error: 'must be a 7-field cron expression: second minute hour day month weekday year, in UTC+8',
});

function isCron(text: string): boolean {
  if (text.trim().split(/\s+/).length !== 7) return false;
  try {
    return new Cron(text, { paused: true, timezone: 'Asia/Shanghai' }).nextRun() !== null;
  } catch {
    return false;
  }
}
