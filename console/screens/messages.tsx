import { useState } from 'preact/hooks';
import { API_LIMITS, type OpsOperations } from '../../lib/ops/api';
import type { Instant } from '../../lib/values/instant';
import { useAsk } from '../api/use-ask';
import { fieldInstant, moment } from '../reading/time';
import { CHOICES, type Route } from '../route';
import { useSession } from '../session';
import { ExportList } from '../view/export';
import { Choice, Tabs, Times } from '../view/filters';
import { List, type ListColumn } from '../view/list';
import { Chip, Code, Moment } from '../view/parts';
import { ReplayMatching } from '../view/dialogs/replay-matching';
import { MESSAGE_TONE } from '../view/tones';

type Item = OpsOperations['list_messages']['answer']['items'][number];
type Here = Extract<Route, { screen: 'messages' }>;

/** The inbox by message state. */
export function Messages({ route }: { readonly route: Here }) {
  const { words, client, overview } = useSession();
  const [replaying, setReplaying] = useState(false);
  const filter = {
    state: route.state,
    reason: route.reason,
    only: route.only,
    from: instantOf(route.from),
    to: instantOf(route.to),
  };
  const { answer, failure, waiting } = useAsk('list_messages', { ...filter, after: route.after });
  const columns = useColumns();
  const { figures } = overview;
  const { pending = 0, dead = 0 } = figures.unverified ?? {};
  const counts = { pending: figures.pending + pending, dead: figures.dead + dead, done: null };
  const empty = {
    pending: words.table.empty.messagesPending,
    dead: words.table.empty.messagesDead,
    done: words.table.empty.messagesDone,
  };
  const first: Here = { ...route, after: null };
  return (
    <>
      <div class="bar">
        <h1>{words.place.messages}</h1>
        <Tabs
          name={words.filter.state}
          choices={CHOICES.message}
          chosen={route.state}
          label={(state) => words.message.state[state]}
          count={(state) => counts[state]}
          route={(state) => ({ ...first, state, reason: null, only: null })}
        />
        {route.state === 'dead' ? (
          <Choice
            name={words.act.deathReason}
            choices={CHOICES.death}
            chosen={route.reason}
            label={(reason) => words.message.death[reason]}
            route={(reason) => ({ ...first, reason })}
          />
        ) : null}
        <Choice
          name={words.filter.only}
          choices={CHOICES.part.filter((part) => part !== 'alone' || route.state === 'pending')}
          chosen={route.only}
          label={(part) => (part === 'alone' ? words.message.alone : words.message.trust[part])}
          route={(only) => ({ ...first, only })}
        />
        <Times from={route.from} to={route.to} route={(from, to) => ({ ...first, from, to })} />
        <div class="tools">
          {route.state === 'dead' && overview.may.includes('operate') ? (
            <button type="button" onClick={() => setReplaying(true)}>
              {words.act.replayMatching}
            </button>
          ) : null}
          <ExportList
            name={`messages-${route.state}`}
            columns={columns}
            read={async (after) => {
              const outcome = await client.ask('list_messages', { ...filter, after, limit: API_LIMITS.page });
              return outcome.ok ? { ok: true, ...outcome.answer } : outcome;
            }}
          />
        </div>
      </div>
      <List
        columns={columns}
        page={answer}
        failure={failure}
        waiting={waiting}
        nameOf={({ key }) => key}
        routeOf={({ key }) => ({ screen: 'message', key })}
        actionsOf={({ actions }) => actions}
        nextRoute={(after) => ({ ...route, after })}
        firstRoute={route.after === null ? null : first}
        bulk={
          route.state === 'dead'
            ? { reason: filter.reason, only: filter.only, from: filter.from, to: filter.to }
            : null
        }
        empty={empty[route.state]}
      />
      {replaying ? (
        <ReplayMatching
          reason={route.reason}
          from={route.from}
          to={route.to}
          onClose={() => setReplaying(false)}
        />
      ) : null}
    </>
  );
}

function instantOf(text: string | null): Instant | null {
  return text === null ? null : fieldInstant(text);
}

function useColumns(): readonly ListColumn<Item>[] {
  const { words } = useSession();
  return [
    { id: 'message', kind: 'code', cell: ({ key }) => <Code>{key}</Code>, csv: ({ key }) => key },
    {
      id: 'state',
      cell: ({ state }) => <Chip tone={MESSAGE_TONE[state]}>{words.message.state[state]}</Chip>,
      csv: ({ state }) => words.message.state[state],
    },
    {
      id: 'received',
      kind: 'number',
      cell: ({ receivedAt }) => <Moment at={receivedAt} />,
      csv: ({ receivedAt }) => moment(receivedAt),
    },
    {
      id: 'trust',
      cell: ({ trust }) =>
        trust === 'platform' ? (
          words.message.trust.platform
        ) : (
          <Chip tone="warn">{words.message.trust.unverified}</Chip>
        ),
      csv: ({ trust }) => words.message.trust[trust],
    },
    {
      id: 'deliveries',
      kind: 'number',
      cell: ({ deliveries }) => deliveries,
      csv: ({ deliveries }) => deliveries,
    },
    { id: 'attempts', kind: 'number', cell: ({ attempts }) => attempts, csv: ({ attempts }) => attempts },
    {
      id: 'claims',
      kind: 'number',
      cell: ({ claims, alone }) => (alone ? <Chip tone="bad">{words.message.alone}</Chip> : claims),
      csv: ({ claims, alone }) => (alone ? `${claims}${words.list.comma}${words.message.alone}` : claims),
    },
  ];
}
