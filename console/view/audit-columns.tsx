import type { AuditEntry, AuditSubject } from '../../lib/model/operators/audit';
import { changeText } from '../language/audited';
import { actionText } from '../language/say';
import { itemName } from '../reading/names';
import { moment } from '../reading/time';
import { placeRoute, type Route } from '../route';
import { useSession } from '../session';
import type { ListColumn } from './list';
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
    case 'webhook':
    case 'session':
    case 'import':
      return null;
    case 'bulk':
      return { screen: 'bulk', id: name };
    case 'month':
      return { screen: 'month', id: name };
    case 'approval':
      return { screen: 'approval', id: name };
    case 'worker':
    case 'merchant':
      return placeRoute('checks');
  }
}

const TONES: Readonly<Record<AuditEntry['outcome'], Tone>> = {
  begun: 'warn',
  done: 'good',
  refused: 'quiet',
  failed: 'bad',
};

/** The columns of the audit log. */
export function useAuditColumns(): readonly ListColumn<AuditEntry>[] {
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
      cell: (entry) => changeText(words, entry) ?? words.list.none,
      csv: (entry) => changeText(words, entry),
    },
    { id: 'when', kind: 'number', cell: ({ at }) => <Moment at={at} />, csv: ({ at }) => moment(at) },
  ];
}
