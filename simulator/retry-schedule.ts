const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/**
 * Delays in ms after each send without an ack: 15 repeats over 24 h 4 m
 * (https://pay.weixin.qq.com/doc/v2/merchant/4011937248). Cloud development's pages only say "two
 * days at most"; developers whose function never acked counted about 15 calls.
 */
export const RETRY_DELAYS: readonly number[] = [
  15 * SECOND,
  15 * SECOND,
  30 * SECOND,
  3 * MINUTE,
  10 * MINUTE,
  20 * MINUTE,
  30 * MINUTE,
  30 * MINUTE,
  30 * MINUTE,
  60 * MINUTE,
  3 * HOUR,
  3 * HOUR,
  3 * HOUR,
  6 * HOUR,
  6 * HOUR,
];

/** How long WeChat Pay waits for a response before a send counts as failed. */
export const ANSWER_WITHIN_MS = 5 * SECOND;

/** The first send and all its repeats. */
export const MOST_SENDS = RETRY_DELAYS.length + 1;
