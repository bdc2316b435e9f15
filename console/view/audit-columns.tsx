import type { AuditEntry, AuditSubject } from '../../lib/model/audit';
import type { Json } from '../../lib/values/json';
import { actionText } from '../language/say';
import { itemName } from '../reading/names';
import { moment } from '../reading/time';
import type { Route } from '../route';
import { useSession } from '../session';
import type { Column } from './list';
import { Chip, Code, Moment, type Tone } from './parts';

/** The page of an entry's item; null when it has none. */
export function subjectRoute({ kind, name }: AuditSubject): Route | null {
  switch (kind) {
    case 'message':
      // A replay by filter is about many messages: its name is the filter.
      return name.includes(':') && !name.startsWith('dead ') ? { screen: 'message', key: name } : null;
    case 'order':
      return { screen: 'order', outTradeNo: name };
    case 'discrepancy':
      return { screen: 'discrepancy', id: name };
    case 'run':
      return { screen: 'run', id: name, class: null, after: null };
    case 'refund':
      return { screen: 'refund', outRefundNo: name };
    case 'alarm':
    case 'database':
      return null;
  }
}

const TONES: Readonly<Record<AuditEntry['outcome'], Tone>> = {
  begun: 'warn',
  done: 'good',
  refused: 'quiet',
  failed: 'bad',
};

/** The columns of the audit log. */
export function useAuditColumns(): readonly Column<AuditEntry>[] {
  const { words } = useSession();
  return [
    {
      id: 'action',
      cell: ({ action }) => actionText(words, action),
      csv: ({ action }) => actionText(words, action),
    },
    {
      id: 'subject',
      kind: 'code',
      cell: ({ subject }) => (
        <>
          {words.recorded.subject[subject.kind]} <Code>{itemName(subject.kind, subject.name)}</Code>
        </>
      ),
      csv: ({ subject: { kind, name } }) => `${words.recorded.subject[kind]} ${itemName(kind, name)}`,
    },
    {
      id: 'outcome',
      cell: ({ outcome }) => <Chip tone={TONES[outcome]}>{words.recorded.outcome[outcome]}</Chip>,
      csv: ({ outcome }) => words.recorded.outcome[outcome],
    },
    { id: 'who', cell: ({ who }) => who, csv: ({ who }) => who },
    { id: 'reason', cell: ({ reason }) => reason ?? words.list.none, csv: ({ reason }) => reason },
    {
      id: 'change',
      cell: ({ before, after }) =>
        before === null && after === null ? words.list.none : `${brief(before)} → ${brief(after)}`,
      csv: ({ before, after }) => `${brief(before)} → ${brief(after)}`,
    },
    { id: 'when', kind: 'number', cell: ({ at }) => <Moment at={at} />, csv: ({ at }) => moment(at) },
  ];
}

function brief(value: Json): string {
  if (value === null) return '—';
  if (typeof value === 'object' && !Array.isArray(value)) {
    return Object.entries(value)
      .map(([name, inner]) => `${name} ${typeof inner === 'string' ? inner : JSON.stringify(inner)}`)
      .join(', ');
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}
