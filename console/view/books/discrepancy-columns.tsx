import type { OpsOperations } from '../../../lib/ops/api';
import { isFen } from '../../../lib/values/fen';
import { sideCell } from '../../../lib/values/yuan';
import { sideWords, subjectText } from '../../reading/evidence';
import { moment } from '../../reading/time';
import type { DiscrepancyState } from '../../../lib/model/discrepancy';
import { useSession } from '../../session';
import type { ListColumn } from '../list';
import { Chip, Code, Moment } from '../parts';

type Item = OpsOperations['list_discrepancies']['answer']['items'][number];

/** The columns of a list of discrepancies; null: of any state, as on a run's page. */
export function useDiscrepancyColumns(state: DiscrepancyState | null): readonly ListColumn<Item>[] {
  const { words, now } = useSession();
  const stateOf = ({ resolution, opensAt }: Item): DiscrepancyState => {
    if (resolution !== null) return 'resolved';
    return opensAt > now() ? 'carried_over' : 'open';
  };
  const cellOf = (discrepancyClass: Item['class'], side: Item['ours']) =>
    isFen(side) || side === null ? sideCell(side) : sideWords(words, discrepancyClass, side);
  const tones = { open: 'bad', carried_over: 'warn', resolved: 'good' } as const;
  const resolution: ListColumn<Item> = {
    id: 'resolution',
    cell: ({ resolution: end }) =>
      end === null ? words.list.none : `${words.discrepancy.endedBy[end.by]} · ${end.reason}`,
    csv: ({ resolution: end }) =>
      end === null ? null : `${words.discrepancy.endedBy[end.by]} · ${end.who} · ${end.reason}`,
  };
  const opens: ListColumn<Item> = {
    id: 'opens',
    kind: 'number',
    cell: ({ opensAt }) => <Moment at={opensAt} />,
    csv: ({ opensAt }) => moment(opensAt),
  };
  const standing: ListColumn<Item> = {
    id: 'state',
    cell: (item) => <Chip tone={tones[stateOf(item)]}>{words.discrepancy.state[stateOf(item)]}</Chip>,
    csv: (item) => words.discrepancy.state[stateOf(item)],
  };
  return [
    {
      id: 'class',
      cell: (item) => words.discrepancy.class[item.class],
      csv: (item) => words.discrepancy.class[item.class],
    },
    { id: 'subject', kind: 'code', cell: (item) => <Code>{subjectText(item)}</Code>, csv: subjectText },
    {
      id: 'theirs',
      kind: 'number',
      cell: ({ class: discrepancyClass, theirs }) => (
        <span class="money">{sideWords(words, discrepancyClass, theirs)}</span>
      ),
      csv: ({ class: discrepancyClass, theirs }) => cellOf(discrepancyClass, theirs),
    },
    {
      id: 'ours',
      kind: 'number',
      cell: ({ class: discrepancyClass, ours }) => (
        <span class="money">{sideWords(words, discrepancyClass, ours)}</span>
      ),
      csv: ({ class: discrepancyClass, ours }) => cellOf(discrepancyClass, ours),
    },
    ...(state === null ? [standing] : []),
    ...(state === 'resolved' ? [resolution] : []),
    ...(state === 'carried_over' ? [opens] : []),
    {
      id: 'lastSeen',
      kind: 'number',
      cell: ({ lastSeenAt }) => <Moment at={lastSeenAt} />,
      csv: ({ lastSeenAt }) => moment(lastSeenAt),
    },
  ];
}
