import { askAfterOf } from './ask-after-of';
import { longestSilence } from './ask-after';
import { longestQuietGap } from './quiet-hours';
import type { WrittenConfig } from './written';

/** Quiet hours as they are written. */
export type WrittenQuietHours = NonNullable<WrittenConfig['quietHours']>;

/** A query of WeChat Pay takes up to 10 s, which is counted as part of a minute. */
const QUERY_MINUTES = 1 / 6;

/** Within how many minutes a payment whose callback is lost is known in quiet hours. Pure. */
export function quietlyKnownWithin(config: WrittenConfig, { everyMinutes }: WrittenQuietHours): number {
  const gap = longestQuietGap({ everyMs: everyMinutes * 60_000 }, config.timers.reconcileOrders);
  const silence = longestSilence(askAfterOf(config), config.orders.payableMinutes, gap);
  return Math.ceil(silence + QUERY_MINUTES);
}

/** What quiet hours make of the times that are promised, in words. Pure. */
export function quietDelays(config: WrittenConfig, quiet: WrittenQuietHours): string {
  const { fromHour, toHour, everyMinutes } = quiet;
  const trigger = config.inbox.databaseTrigger
    ? 'what the database trigger starts is as quick as by day; otherwise '
    : '';
  return (
    `from ${fromHour}:00 to ${toHour}:00 in Beijing timers work every ${everyMinutes} minutes: ${trigger}` +
    `a paid order is fulfilled up to ${everyMinutes} minutes after its callback, ` +
    `a payment without a callback is known within ${quietlyKnownWithin(config, quiet)} minutes instead of 10, ` +
    `retries, refunds and alarms come up to ${everyMinutes} minutes later`
  );
}
