import type { MessageState } from '../../../model/message';
import { DEATH_REASONS, DONE_OUTCOMES, TRUSTS } from '../../../model/message';
import type { Inbox, MessageSummary } from '../../port';
import type { Page } from '../../requests';
import { checkedLimit, pageOf, readCursor } from '../../rows/cursor';
import { readSummary } from '../../rows/message-rows';
import type { Database } from '../base/database';
import { SUMMARY_COLUMNS } from './columns';

/**
 * The endings of messages of a state. Together with the state and the trust, an ending is one
 * sorted range of an index.
 */
export function endingsOf(state: MessageState): readonly (string | null)[] {
  switch (state) {
    case 'pending':
      return [null];
    case 'done':
      return DONE_OUTCOMES;
    case 'dead':
      return DEATH_REASONS;
  }
}

/**
 * Lists messages. The ranges of an index that make up the list are each read as far as the page
 * needs, and merged: the first page of a million messages costs as much as that of a thousand.
 */
export async function listMessages(
  database: Database,
  query: Parameters<Inbox['list']>[0],
): Promise<Page<MessageSummary>> {
  const { state, reason = null, trust = null, alone = false, from, to, after } = query;
  const limit = checkedLimit(query.limit);
  if (reason !== null && (state !== 'dead' || alone)) return { items: [], next: null };
  if (alone && state !== 'pending') return { items: [], next: null };
  // After everything at the instant before `to`: only there do all names sort after the empty one.
  const { at, name } = readCursor(after, typeof to === 'number' ? { at: to, name: '' } : undefined);
  const trusts = trust === null ? TRUSTS : [trust];
  const endings = reason === null ? endingsOf(state) : [reason];
  const beyond = 'received_at >= ?1 AND received_at <= ?2 AND (received_at < ?2 OR message_key < ?3)';
  const sorted = 'ORDER BY received_at DESC, message_key DESC LIMIT ?4';
  // Few messages are claimed alone, so they are sorted each time.
  const ranges = alone
    ? [
        `(SELECT ${SUMMARY_COLUMNS} FROM inbox FORCE INDEX (inbox_due)
          WHERE state = 'pending' AND alone = 1 AND trust IN (?6) AND ${beyond} ${sorted})`,
      ]
    : trusts.flatMap((one) =>
        endings.map(
          (ending) =>
            `(SELECT ${SUMMARY_COLUMNS} FROM inbox FORCE INDEX (inbox_received) WHERE state = ?5
              AND ${ending === null ? 'ending IS NULL' : `ending = '${ending}'`} AND trust = '${one}'
              AND ${beyond} ${sorted})`,
        ),
      );
  const rows = await database.rows(
    `${ranges.join(' UNION ALL ')} ${sorted}`,
    from ?? 0,
    at,
    name,
    limit + 1,
    state,
    trusts,
  );
  return pageOf(rows.map(readSummary), limit, (one) => ({ at: one.receivedAt, name: one.key }));
}
