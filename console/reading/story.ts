import type { Discrepancy } from '../../lib/model/discrepancy';
import type { HistoryEvent } from '../../lib/model/history';
import type { InboxMessage } from '../../lib/model/message';
import type { OpsOperations } from '../../lib/ops/api';
import type { AuditEntry } from '../../lib/model/operators/audit';
import type { Instant } from '../../lib/values/instant';
import type { Route } from '../route';

/** The history a line of the timeline comes from. */
export type StorySource = 'order' | 'message' | 'refund' | 'discrepancy' | 'operator';

/** How a line is coloured. */
export type StoryTone = 'good' | 'bad' | 'plain';

/** What a timeline tells beside the lines of histories: it is read off the documents. */
type ReadEvent = 'heard' | 'heard_again' | 'applied' | 'discrepancy_found' | 'discrepancy_ended';

/** Every event a timeline of this version can tell; actions have words of their own. */
export type StoryEvent = HistoryEvent | ReadEvent;

/** One line of an order's timeline. */
export interface StoryLine {
  readonly at: Instant;
  readonly source: StorySource;
  /** The event's name in a history, or the action's in the audit log. */
  readonly event: string;
  /** The source, or who. */
  readonly by: string;
  /** Its subject or evidence, as stored; null for none. */
  readonly detail: string | null;
  /** The operator's reason. */
  readonly reason: string | null;
  readonly tone: StoryTone;
  /** Where to read more. */
  readonly route: Route | null;
}

/**
 * An order's timeline, earliest first: its own history, its inbox messages with their deliveries,
 * its refunds, its discrepancies, and operators' actions. Lines of the same millisecond are ordered
 * by cause and effect.
 */
export function storyOf(shown: OpsOperations['show_order']['answer']): readonly StoryLine[] {
  const heardOf = new Set<string>(shown.messages.map(({ key }) => key));
  // The message that is the evidence has a line of its own.
  const besides = (evidence: string | null) => (evidence !== null && heardOf.has(evidence) ? null : evidence);
  const lines: readonly StoryLine[] = [
    ...shown.messages.flatMap(heard),
    ...(shown.unreadable === null ? shown.order.history : []).map(
      ({ at, event, path, actor, evidence }): StoryLine => ({
        at,
        source: 'order',
        event,
        by: actor ?? path,
        detail: besides(evidence),
        reason: null,
        tone: toneOf(event),
        route: null,
      }),
    ),
    ...shown.messages.flatMap(dealtWith),
    ...shown.refunds.flatMap((refund) =>
      refund.history.map(({ at, event, path, actor, evidence }): StoryLine => ({
        at,
        source: 'refund',
        event,
        by: actor ?? path,
        detail: besides(evidence),
        reason: event === 'refund_requested' ? refund.reason : null,
        tone: toneOf(event),
        route: null,
      })),
    ),
    ...shown.discrepancies.flatMap(disagreed),
    ...shown.audit.map(operated),
  ];
  return [...lines].sort((a, b) => a.at - b.at);
}

function heard(message: InboxMessage): readonly StoryLine[] {
  const [first = 'callback', ...others] = message.confirmedBy;
  const base = {
    source: 'message',
    detail: message.key,
    reason: null,
    tone: 'plain',
    route: { screen: 'message', key: message.key },
  } as const;
  const once: StoryLine = { ...base, at: message.receivedAt, event: 'heard', by: first };
  if (message.deliveries < 2) return [once];
  const by = others.at(-1) ?? first;
  return [once, { ...base, at: message.lastDeliveredAt, event: 'heard_again', by }];
}

function dealtWith(message: InboxMessage): readonly StoryLine[] {
  const base = { source: 'message', reason: null, route: { screen: 'message', key: message.key } } as const;
  const told = message.history.map(({ at, event, path, actor, evidence }): StoryLine => ({
    ...base,
    at,
    event,
    by: actor ?? path,
    detail: evidence,
    tone: toneOf(event),
  }));
  switch (message.state) {
    case 'pending':
      return told;
    case 'done':
      return [
        ...told,
        {
          ...base,
          at: message.finishedAt,
          event: 'applied',
          by: 'worker',
          detail: message.outcome,
          tone: 'plain',
        },
      ];
    case 'dead':
      // The histories of messages of earlier versions lack this line.
      if (message.history.some(({ event, at }) => event === 'dead' && at === message.finishedAt)) return told;
      return [
        ...told,
        {
          ...base,
          at: message.finishedAt,
          event: 'dead',
          by: 'worker',
          detail: message.reason,
          tone: 'bad',
        },
      ];
  }
}

function disagreed(found: Discrepancy): readonly StoryLine[] {
  const base = {
    source: 'discrepancy',
    detail: found.class,
    route: { screen: 'discrepancy', id: found.id },
  } as const;
  const seen: StoryLine = {
    ...base,
    at: found.firstSeenAt,
    event: 'discrepancy_found',
    by: found.path,
    reason: null,
    tone: 'bad',
  };
  if (found.resolution === null) return [seen];
  const { at, who, reason } = found.resolution;
  return [seen, { ...base, at, event: 'discrepancy_ended', by: who, reason, tone: 'good' }];
}

function operated({ at, who, action, outcome, reason }: AuditEntry): StoryLine {
  const tone = outcome === 'failed' ? 'bad' : 'plain';
  return { at, source: 'operator', event: action, by: who, detail: outcome, reason, tone, route: null };
}

const GOOD: ReadonlySet<string> = new Set(['paid', 'fulfilled', 'refund_succeeded']);
const BAD: ReadonlySet<string> = new Set([
  'failed',
  'fulfilment_dead',
  'fulfilment_held',
  'duplicate_payment',
  'paid_after_close',
  'refund_abnormal',
  'refund_succeeded_after_close',
  'dead',
]);

function toneOf(event: string): StoryTone {
  if (GOOD.has(event)) return 'good';
  return BAD.has(event) ? 'bad' : 'plain';
}
