import type { AgeBucket } from '../../lib/rules/ageing';
import { useAsk } from '../api/use-ask';
import { count } from '../reading/money';
import { CHOICES, type Route } from '../route';
import { useSession } from '../session';
import {
  Chip,
  Code,
  Empty,
  Go,
  Moment,
  Money,
  Panel,
  Pending,
  Trouble,
  Waiting,
  type Tone,
} from '../view/parts';

type Here = Extract<Route, { screen: 'openItems' }>;

const AGE_TONES: Readonly<Record<AgeBucket, Tone>> = {
  today: 'plain',
  to_3: 'plain',
  to_7: 'warn',
  to_30: 'warn',
  over_30: 'bad',
};

/** Unresolved discrepancies by age and owner. */
export function OpenItems({ route }: { readonly route: Here }) {
  const { words } = useSession();
  const { open, notes } = words.books;
  const { owner, bucket, after } = route;
  // The table is only on the first page.
  const first = useAsk('list_open_items', { owner, bucket });
  const further = useAsk('list_open_items', after === null ? null : { owner, bucket, after });
  const { answer, failure, waiting } = after === null ? first : further;
  const table = first.answer?.table ?? null;
  if (answer === null) return <Pending failure={failure} />;
  return (
    <>
      <div class="bar">
        <h1>{open.title}</h1>
      </div>
      <Waiting waiting={waiting} />
      <div class="detail">
        <p class="about">{open.lead}</p>
        {failure === null ? null : <Trouble failure={failure} />}
        {table === null || table.length === 0 ? null : (
          <div class="scroll">
            <table class="balance">
              <thead>
                <tr>
                  <th scope="col">{notes.owner}</th>
                  {CHOICES.age.map((one) => (
                    <th key={one} scope="col">
                      <Go to={{ ...route, owner: null, bucket: one, after: null }}>{open.bucket[one]}</Go>
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {table.map((line) => (
                  <tr key={line.owner ?? ''}>
                    <th scope="row">
                      <Go to={{ ...route, owner: line.owner ?? '', bucket: null, after: null }}>
                        {line.owner ?? open.nobody}
                      </Go>
                    </th>
                    {CHOICES.age.map((one) => (
                      <td key={one}>
                        {line.counts[one] === 0 ? null : (
                          <Go to={{ ...route, owner: line.owner ?? '', bucket: one, after: null }}>
                            {count(line.counts[one])}
                          </Go>
                        )}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
        {first.answer?.isWhole === false ? <p>{open.more}</p> : null}
        <Panel
          id="items"
          title={[
            owner === null ? open.all : owner === '' ? open.nobody : owner,
            bucket === null ? '' : open.bucket[bucket],
          ]
            .filter((part) => part !== '')
            .join(' · ')}
          aside={
            owner === null && bucket === null ? null : (
              <Go to={{ screen: 'openItems', owner: null, bucket: null, after: null }}>
                {words.filter.clear}
              </Go>
            )
          }
        >
          {answer.items.length === 0 ? <Empty what={open.empty} /> : null}
          <ul class="plain-list">
            {answer.items.map((item) => (
              <li key={item.discrepancy.id}>
                <Chip tone={AGE_TONES[item.bucket]}>{open.bucket[item.bucket]}</Chip>{' '}
                <Go to={{ screen: 'discrepancy', id: item.discrepancy.id }} data-row-link>
                  {words.discrepancy.class[item.discrepancy.class]}
                </Go>{' '}
                {item.amount === null ? null : <Money fen={item.amount} />}{' '}
                <Code>{item.discrepancy.id.split(':')[1] ?? ''}</Code>{' '}
                <Moment at={item.discrepancy.firstSeenAt} /> · {item.owner ?? open.nobody}
                {item.comments === 0 ? null : ` · ${notes.comment} ${item.comments}`}
              </li>
            ))}
          </ul>
          {answer.next === null ? null : (
            <Go to={{ ...route, after: answer.next }} class="next-page">
              {words.page.more}
            </Go>
          )}
        </Panel>
      </div>
    </>
  );
}
