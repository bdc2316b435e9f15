import { randomUUID } from 'node:crypto';
import type { BulkItem } from '../../lib/model/operators/bulk';
import type { OpsName, OpsOperations, OpsReply } from '../../lib/ops/api';
import type { BulkPreview, ShownBulk } from '../../lib/ops/bulk/bulk-api';
import { yuan } from '../../lib/values/yuan';
import type { Result, Terminal } from '../said';
import { said } from '../said';
import { table } from '../table';
import { UsageError } from '../usage-error';
import { WORDS } from '../words';
import type { BulkCommand } from './command';
import type { BulkWords } from './words';
import { BULK_WORDS } from './words';

/** Items that are printed with their outcomes: first those that need a person. */
const NAMED = 20;

/** Outcomes of items that need nobody. */
const WELL: ReadonlySet<string | null> = new Set(['done', 'unchanged']);

/**
 * Starts, shows, continues or cancels a bulk action. 1 when it is not finished, or an item was
 * refused or has an unknown outcome. Rejects with `UsageError` without an answer.
 */
export async function runBulk(terminal: Terminal, command: BulkCommand): Promise<Result> {
  switch (command.step) {
    case 'start':
      return start(terminal, command);
    case 'continue':
      return carryOn(terminal, command.id, null);
    case 'cancel': {
      const reply = await terminal.client.ask('cancel_bulk', { id: command.id });
      return reply.ok ? shown(terminal, command.id) : refusalOf(terminal, reply);
    }
    case 'show':
      return shown(terminal, command.id);
  }
}

async function start(
  terminal: Terminal,
  { action, filter, reason }: Extract<BulkCommand, { step: 'start' }>,
): Promise<Result> {
  const words = BULK_WORDS[terminal.language];
  const preview = await terminal.client.ask('preview_bulk', { action, filter });
  if (!preview.ok) return refusalOf(terminal, preview);
  terminal.preview(previewText(words, preview));
  const { count, amount } = preview;
  if (count === 0) return { output: `${words.none}\n`, code: 1 };
  if (!(await terminal.confirm(`bulk ${action}`, count)))
    return { output: `${WORDS[terminal.language].left}\n`, code: 1 };
  const id = randomUUID();
  const more = reason === null ? {} : { reason };
  const started = await orNoAnswer(
    terminal,
    id,
    terminal.client.ask('start_bulk', { id, action, filter, count, amount, ...more }),
  );
  if (!started.ok) return refusalOf(terminal, started);
  terminal.say(`${words.begun(id)}\n`);
  return carryOn(terminal, id, started.bulk);
}

/** Carries it on until it ends, waits for somebody, or its person stops. */
function carryOn(terminal: Terminal, id: string, begun: ShownBulk | null): Promise<Result> {
  const words = BULK_WORDS[terminal.language];
  return terminal.untilStopped(async (isStopped) => {
    let bulk = begun;
    while (!isStopped() && (bulk === null || bulk.state === 'running')) {
      const before: number = bulk === null ? -1 : endedOf(bulk);
      const reply = await orNoAnswer(terminal, id, terminal.client.ask('step_bulk', { id }));
      if (!reply.ok) {
        const refusal = refusalOf(terminal, reply);
        return terminal.json || reply.code === 'NOT_FOUND'
          ? refusal
          : { ...refusal, output: `${refusal.output}${words.stands(id)}\n` };
      }
      ({ bulk } = reply);
      terminal.say(`${words.progress(endedOf(bulk), bulk.items)}\n`);
      // What is left is under way elsewhere: asking again would only keep the server busy.
      if (endedOf(bulk) === before) break;
    }
    return shown(terminal, id);
  });
}

/** Items that have an outcome. */
function endedOf({ items, tally }: ShownBulk): number {
  return items - tally.left - tally.begun;
}

async function shown(terminal: Terminal, id: string): Promise<Result> {
  const first = await orNoAnswer(terminal, id, terminal.client.ask('show_bulk', { id }));
  if (!first.ok) return refusalOf(terminal, first);
  const items = [...first.items];
  for (let part = 1; part < first.parts; part += 1) {
    const next = await orNoAnswer(terminal, id, terminal.client.ask('show_bulk', { id, part }));
    if (!next.ok) return refusalOf(terminal, next);
    items.push(...next.items);
  }
  const { bulk } = first;
  const isWell = bulk.state === 'done' && bulk.tally.refused + bulk.tally.unknown === 0;
  const output = terminal.json
    ? `${JSON.stringify({ ok: true, bulk, items }, null, 2)}\n`
    : bulkText(BULK_WORDS[terminal.language], bulk, items);
  return { output, code: isWell ? 0 : 1 };
}

function refusalOf<Name extends OpsName>(terminal: Terminal, reply: OpsReply<Name>): Result {
  return said(terminal, reply, () => '');
}

/** Names the bulk action where no answer came: its person must be able to find it. */
async function orNoAnswer<Answer>(
  { language }: Terminal,
  id: string,
  answer: Promise<Answer>,
): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${error.message}\n${BULK_WORDS[language].noAnswer(id)}`, { cause: error });
  }
}

/** What a person reads before they agree. Where the list is cut, its money is a lower bound. */
export function previewText(words: BulkWords, preview: BulkPreview): string {
  const { count, amount, leftOut, more, needsApproval } = preview;
  return [
    words.items(count, amount === null ? null : yuan(amount), more),
    ...(leftOut === 0 ? [] : [words.leftOut(leftOut)]),
    ...(more ? [words.first(count)] : []),
    ...(needsApproval ? [words.needsApproval] : []),
    '',
  ].join('\n');
}

/** How it stands, what became of its items, and how it goes on. */
export function bulkText(
  words: BulkWords,
  bulk: OpsOperations['show_bulk']['answer']['bulk'],
  items: readonly BulkItem[],
): string {
  const { id, action, amount, declined, state, tally } = bulk;
  const counted = (['done', 'unchanged', 'refused', 'unknown', 'begun', 'left'] as const)
    .filter((name) => tally[name] > 0)
    .map((name) => `${words.tally[name]} ${String(tally[name])}`);
  // What is left needs nobody yet.
  const open = items.filter(({ result }) => result !== null && !WELL.has(result));
  return [
    `${action}: ${words.items(bulk.items, amount === null ? null : yuan(amount), false)}; ${words.standing[state]}`,
    ...(counted.length === 0 ? [] : [counted.join(', ')]),
    ...(declined === null ? [] : [words.declined(declined.who, declined.reason)]),
    ...(open.length === 0
      ? []
      : [
          table(
            [words.heads.item, words.heads.outcome],
            open.slice(0, NAMED).map(({ name, result }) => [name, result ?? '']),
          ).trimEnd(),
        ]),
    ...(open.length > NAMED ? [words.moreItems(open.length - NAMED)] : []),
    ...(tally.unknown === 0 ? [] : [words.unknown]),
    ...(state === 'waiting' ? [words.waits(id)] : []),
    ...(state === 'running' ? [words.stands(id)] : []),
    '',
  ].join('\n');
}
