import { MESSAGE_HISTORY_LINES } from '../../history';

/** The columns `readMessage` reads, in order. */
export const MESSAGE_COLUMNS = `message_key, content, out_trade_no, trust, raw, received_at, last_delivered_at,
  deliveries, confirmed_by, attempts, replays, history, state, due_at, claim_token, lease_until, finished_at, ending,
  last_error, claims, alone, replayed_by, envelope`;

/** The columns `readSummary` reads, in order. */
export const SUMMARY_COLUMNS =
  'message_key, out_trade_no, state, trust, attempts, claims, alone, deliveries, received_at';

/**
 * The history of a message with the next value appended, without its first entry when it is full.
 */
export const HISTORY_WITH_LINE = `CONCAT(IF(
    CHAR_LENGTH(history) - CHAR_LENGTH(REPLACE(history, '\\n', '')) < ${String(MESSAGE_HISTORY_LINES)}, history,
    SUBSTRING(history, LOCATE('\\n', history) + 1)), ?)`;
