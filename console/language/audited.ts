import type { AuditEntry, AuditSubject } from '../../lib/model/operators/audit';
import { isInstant } from '../../lib/values/instant';
import { isRecord, type Json } from '../../lib/values/json';
import { moment } from '../reading/time';
import type { Words } from './en';
import { saidText } from './say';

/** An action's item before and after, in words; null when the entry holds neither. */
export function changeText(
  words: Words,
  { subject, before, after }: Pick<AuditEntry, 'subject' | 'before' | 'after'>,
): string | null {
  if (before === null && after === null) return null;
  return `${itemText(words, subject.kind, before)} → ${itemText(words, subject.kind, after)}`;
}

function itemText(words: Words, kind: AuditSubject['kind'], value: Json): string {
  if (value === null) return words.list.none;
  if (!isRecord(value)) return plain(value);
  return Object.entries(value)
    .map(([name, inner]) => fieldText(words, kind, name, inner))
    .join(words.list.comma);
}

function fieldText(words: Words, kind: AuditSubject['kind'], name: string, value: Json): string {
  switch (name) {
    case 'payment':
      return `${words.column.payment} ${stateText(words.payment, value)}`;
    case 'fulfilment':
      return `${words.column.fulfilment} ${stateText(words.fulfilment, value)}`;
    case 'refunds':
      return `${words.place.refunds} ${plain(value)}`;
    case 'round':
      return `${words.column.round} ${plain(value)}`;
    case 'said':
      return words.changed.said(saysText(words, value));
    case 'state':
      return stateText(statesOf(words, kind), value);
    case 'transactionId':
      return `${words.order.transaction} ${plain(value)}`;
    case 'resolved':
      return words.discrepancy.state[value === true ? 'resolved' : 'open'];
    case 'nextAskAt':
      return `${words.order.nextAsk} ${isInstant(value) ? moment(value) : plain(value)}`;
    case 'owner':
      return words.issue.owner(value === null ? words.list.none : plain(value));
    case 'mutedUntil':
      return isInstant(value) ? words.issue.muted(moment(value)) : words.list.none;
    case 'since':
    case 'until':
      return `${name === 'since' ? words.column.created : words.pause.until} ${isInstant(value) ? moment(value) : words.pause.untilResumed}`;
    default:
      return `${name} ${plain(value)}`;
  }
}

function statesOf(words: Words, kind: AuditSubject['kind']): Readonly<Record<string, string>> {
  switch (kind) {
    case 'message':
      return words.message.state;
    case 'refund':
      return words.refund.state;
    case 'run':
      return words.run.state;
    case 'order':
      return words.payment;
    case 'bulk':
      return words.bulk.state;
    case 'discrepancy':
    case 'alarm':
    case 'database':
    case 'webhook':
    case 'session':
    case 'approval':
    case 'worker':
    case 'merchant':
    case 'month':
    case 'import':
      return {};
  }
}

function stateText(texts: Readonly<Record<string, string>>, value: Json): string {
  return typeof value === 'string' && Object.hasOwn(texts, value) ? (texts[value] ?? value) : plain(value);
}

function saysText(words: Words, value: Json): string {
  const all: readonly Json[] = Array.isArray(value) ? value : [value];
  return all.map((one) => saidText(words, plain(one))).join(words.list.comma);
}

function plain(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
