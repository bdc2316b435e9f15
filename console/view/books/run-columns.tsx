import type { RunLine } from '../../../lib/ops/lists/list-api';
import { fen, fenToYuan, type Fen } from '../../../lib/values/fen';
import { dayText } from '../../reading/time';
import { useSession } from '../../session';
import type { ListColumn } from '../list';
import { Chip, Code, Money } from '../parts';
import { runTone } from '../tones';

/** The columns of a list of statement runs. */
export function useRunColumns(): readonly ListColumn<RunLine>[] {
  const { words } = useSession();
  const side = (id: 'theirs' | 'ours'): ListColumn<RunLine> => ({
    id,
    kind: 'number',
    cell: ({ payments }) => (payments === null ? words.list.none : <Money fen={payments[id]} />),
    csv: ({ payments }) => (payments === null ? null : fenToYuan(payments[id])),
  });
  return [
    { id: 'day', cell: ({ day }) => dayText(day), csv: ({ day }) => dayText(day) },
    {
      id: 'merchant',
      kind: 'code',
      cell: ({ subMchId }) => <Code>{subMchId}</Code>,
      csv: ({ subMchId }) => subMchId,
    },
    {
      id: 'outcome',
      cell: (run) => (
        <Chip tone={runTone(run)}>
          {run.outcome === null ? words.run.state[run.state] : words.run.outcome[run.outcome]}
        </Chip>
      ),
      csv: ({ state, outcome }) => (outcome === null ? words.run.state[state] : words.run.outcome[outcome]),
    },
    side('theirs'),
    side('ours'),
    {
      id: 'difference',
      kind: 'number',
      cell: (run) => {
        const difference = differenceOf(run);
        if (difference === null) return words.list.none;
        return (
          <span class={difference === 0 ? 'even' : 'uneven'}>
            <Money fen={difference} />
          </span>
        );
      },
      csv: (run) => {
        const difference = differenceOf(run);
        return difference === null ? null : fenToYuan(difference);
      },
    },
    { id: 'found', kind: 'number', cell: ({ found }) => found, csv: ({ found }) => found },
  ];
}

function differenceOf({ payments }: RunLine): Fen | null {
  return payments === null ? null : fen(payments.theirs - payments.ours);
}
