import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { isInputError } from '../../accountant/input-error';
import { readOrderFiles } from '../../accountant/match-files';
import type { OrderFiles } from '../../accountant/orders/order-file';
import { sentenceOf } from '../../accountant/sentences';
import { NOTHING, plus, type CountAndSum } from '../../lib/model/count-and-sum';
import type { GivenOrder, ImportTally, NotImported } from '../../lib/ops/import/import-api';
import { MOST_IMPORTED } from '../../lib/ops/import/import-api';
import { fen, fenToYuan } from '../../lib/values/fen';
import type { Instant } from '../../lib/values/instant';
import { formatBeijing } from '../../lib/values/instant';
import type { Result, Terminal } from '../said';
import { table } from '../table';
import { UsageError } from '../usage-error';
import { WORDS } from '../words';
import type { ImportCommand } from './command';
import type { Drafts } from './draft';
import { draftsOf, leftOutOf, refundDoubts } from './draft';
import type { ImportWords } from './words';
import { IMPORT_WORDS } from './words';

/** The largest call, in characters: a call has at most 256 KB. */
const MOST_CHARACTERS = 150_000;

/** Orders that the output names for each reason. */
const NAMED = 5;

/** Every so many orders the terminal says how far it is. */
const SAID_EVERY = 10_000;

/**
 * Imports the orders of files: shows what would be imported and what cannot be, asks, and imports.
 * 1 when something was left out that is not simply unpaid. Rejects with `UsageError` for what the
 * reader can fix.
 */
export async function runImport(terminal: Terminal, command: ImportCommand): Promise<Result> {
  const words = IMPORT_WORDS[terminal.language];
  const doubts = refundDoubts();
  const files = await read(terminal, command, doubts.sawRow);
  const drafts = draftsOf(files, doubts, command.merchant);
  const source = await hashOf(command.files);
  const send = (op: 'preview_import' | 'import_orders') =>
    sendAll(terminal, drafts, (orders) => {
      const more = op === 'import_orders' ? { source, reason: command.reason } : {};
      return terminal.client.ask(op, { orders, ...more });
    });

  // With --yes nobody reads a preview, and it costs as many calls as the import.
  const preview = terminal.isAgreed ? null : await send('preview_import');
  if (preview !== null) {
    terminal.preview(previewText(words, files, drafts, preview.tally));
    if (preview.refusal !== null) return { output: `${preview.refusal}\n`, code: 1 };
    const { count } = preview.tally.taken;
    if (count > 0 && !(await terminal.confirm(words.goOn, count))) {
      return { output: `${WORDS[terminal.language].left}\n`, code: 1 };
    }
  }
  const isNothing = preview !== null && preview.tally.taken.count === 0;
  const { tally, refusal } = isNothing ? preview : await send('import_orders');
  const left = leftOutOf(drafts);
  const brokenOff = refusal === null ? '' : `${words.brokeOff}\n${refusal}\n`;
  const output = terminal.json
    ? `${JSON.stringify({ ok: refusal === null, ...tally, left, refusal }, null, 2)}\n`
    : `${outcomeText(words, files, drafts, { done: words.imported, tally })}${brokenOff}`;
  const isWhole = tally.notTaken.length === 0 && left.every(({ why }) => UNPAID.has(why));
  return { output, code: refusal === null && isWhole && files.unusable.length === 0 ? 0 : 1 };
}

/** Orders that need no import. */
const UNPAID: ReadonlySet<string> = new Set(['pending', 'closed', 'failed']);

async function read(
  { language }: Terminal,
  { files, columns, states }: ImportCommand,
  sawRow: ReturnType<typeof refundDoubts>['sawRow'],
): Promise<OrderFiles> {
  try {
    return await readOrderFiles(files, { columns, states, sawRow }, () => undefined);
  } catch (error) {
    throw isInputError(error) ? new UsageError(sentenceOf(error, language)) : error;
  }
}

/** The SHA-256 of the files: it names the import in the audit log. */
async function hashOf(paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const path of paths) {
    for await (const chunk of createReadStream(path)) if (Buffer.isBuffer(chunk)) hash.update(chunk);
  }
  return hash.digest('hex');
}

type Reply =
  | ({ readonly ok: true } & ImportTally)
  | { readonly ok: false; readonly code: string; readonly message: string };

/** Sends all orders in calls of a bounded size, and adds up what they came to. */
async function sendAll(
  terminal: Terminal,
  drafts: Drafts,
  ask: (orders: readonly GivenOrder[]) => Promise<Reply>,
): Promise<{ readonly tally: ImportTally; readonly refusal: string | null }> {
  let tally: ImportTally = NONE;
  const notTaken: NotImported[] = [];
  const soFar = (): ImportTally => ({ ...tally, notTaken });
  let orders: GivenOrder[] = [];
  let characters = 0;
  let index = 0;
  while (index < drafts.size || orders.length > 0) {
    while (index < drafts.size && orders.length < MOST_IMPORTED && characters < MOST_CHARACTERS) {
      const draft = drafts.at(index);
      index += 1;
      if (draft.kind !== 'order') continue;
      orders.push(draft.order);
      characters += JSON.stringify(draft.order).length;
    }
    if (orders.length === 0) break;
    const { handled } = tally;
    const reply = await ask(orders).catch((error: unknown): Reply => {
      // What was handled until then is said, and not lost with the connection.
      if (!(error instanceof UsageError) || handled === 0) throw error;
      return { ok: false, code: 'NO_ANSWER', message: error.message };
    });
    if (!reply.ok) return { tally: soFar(), refusal: `${reply.code}: ${reply.message}` };
    if (reply.handled === 0) return { tally: soFar(), refusal: 'NOT_BEGUN: the server had no time for it' };
    tally = sumOf(tally, reply);
    notTaken.push(...reply.notTaken);
    orders = orders.slice(reply.handled);
    characters = orders.reduce((sum, order) => sum + JSON.stringify(order).length, 0);
    if (Math.floor(handled / SAID_EVERY) < Math.floor(tally.handled / SAID_EVERY)) {
      terminal.say(`${IMPORT_WORDS[terminal.language].progress(tally.handled, drafts.size)}\n`);
    }
  }
  return { tally: soFar(), refusal: null };
}

const NONE: ImportTally = { handled: 0, taken: NOTHING, refunds: NOTHING, known: NOTHING, notTaken: [] };

/** Sums alone: a list that is copied with every call would take the square of its length. */
function sumOf(one: ImportTally, other: ImportTally): ImportTally {
  return {
    handled: one.handled + other.handled,
    taken: plus(one.taken, other.taken),
    refunds: plus(one.refunds, other.refunds),
    known: plus(one.known, other.known),
    notTaken: [],
  };
}

function previewText(words: ImportWords, files: OrderFiles, drafts: Drafts, tally: ImportTally): string {
  const read = files.files.map(({ name, rows, columns }) =>
    words.columns(name, rows, columns.map(({ as, header }) => `${as} ← ${header}`).join(', ')),
  );
  const first = firstPaid(drafts);
  return [
    ...read,
    outcomeText(words, files, drafts, { done: words.toImport, tally }),
    words.meaning,
    ...(first === null ? [] : [words.bills(formatBeijing(first, 'YYYY-MM-DD'))]),
    '',
  ].join('\n');
}

function firstPaid({ size, at }: Drafts): Instant | null {
  let first: Instant | null = null;
  for (let index = 0; index < size; index += 1) {
    const draft = at(index);
    if (draft.kind === 'order' && (first === null || draft.order.paidAt < first)) first = draft.order.paidAt;
  }
  return first;
}

function outcomeText(
  words: ImportWords,
  files: OrderFiles,
  drafts: Drafts,
  { done, tally }: { readonly done: string; readonly tally: ImportTally },
): string {
  const line = (what: string, { count, sum }: CountAndSum, where = '') => [
    what,
    String(count),
    fenToYuan(sum),
    where,
  ];
  const placed = (places: readonly number[]) =>
    places
      .slice(0, NAMED)
      .map((place) => {
        const { file, line: at } = files.places.at(place);
        return words.place(files.files[file]?.name ?? '', at);
      })
      .join(', ');
  const named = new Map<string, string[]>();
  for (const one of tally.notTaken) {
    const what =
      one.why === 'differs'
        ? words.differs(one.in.map((each) => words.difference[each]).join(', '))
        : words.refused[one.why];
    const numbers = named.get(what);
    if (numbers === undefined) named.set(what, [one.outTradeNo]);
    else numbers.push(one.outTradeNo);
  }
  const { heads } = words;
  return table(
    [heads.what, heads.count, heads.sum, heads.where],
    [
      line(done, tally.taken),
      ...(tally.refunds.count === 0 ? [] : [line(words.refunds, tally.refunds)]),
      ...(tally.known.count === 0 ? [] : [line(words.known, tally.known)]),
      ...[...named].map(([what, numbers]) => [
        what,
        String(numbers.length),
        '',
        numbers.slice(0, NAMED).join(', '),
      ]),
      ...leftOutOf(drafts).map((one) => line(words.left[one.why], one, placed(one.places))),
      ...files.unusable.map(({ count, sum, places }) =>
        line(words.rows, { count, sum: fen(sum) }, placed(places)),
      ),
    ],
    new Set([1, 2]),
  );
}
