import { parseArgs } from 'node:util';
import { SIGN_INS } from '../lib/ops/api';
import { WORKER_NAMES } from '../lib/config/jobs';
import type { OpsAction } from '../lib/ops/actions';
import type { OpsName } from '../lib/ops/api';
import { OPS_ACTIONS } from '../lib/ops/actions';
import { ALARM_CAUSES, isAlarmCause } from '../lib/model/alarm';
import type { Pausable } from '../lib/model/operators/pause';
import { isPausable } from '../lib/model/operators/pause';
import type { Given } from './given';
import { amountOf, timeOf, wholeNumber } from './given';
import { booksCommand, type BooksCommand } from './books-command';
import { giveBillCommand, giveFundsCommand, type GiveCommand } from './give-command';
import { bulkCommand, type BulkCommand } from './bulk/command';
import { IMPORT_OPTIONS, importCommand, type ImportCommand } from './import/command';
import { USAGE } from './usage';
import { UsageError, withUsage } from './usage-error';

/** One parsed call of the command. */
export type Command =
  | { readonly kind: 'overview' | 'doctor' | 'test-robots' | 'test-fulfilment' | 'workers' }
  | { readonly kind: 'list'; readonly list: ListName; readonly params: Readonly<Record<string, unknown>> }
  | { readonly kind: 'approvals'; readonly decided: boolean }
  | { readonly kind: 'export_payer'; readonly outTradeNo: string }
  | { readonly kind: 'approve'; readonly id: string }
  | { readonly kind: 'decline'; readonly id: string; readonly reason: string }
  | { readonly kind: 'record'; readonly anchor: RecordAnchor | null }
  | { readonly kind: 'export_record'; readonly format: ExportFormat }
  | { readonly kind: 'search'; readonly text: string }
  | { readonly kind: 'show'; readonly text: string; readonly unmask: boolean }
  | {
      readonly kind: 'act';
      readonly action: OpsAction;
      /** Empty: they come on standard input, one per line. */
      readonly names: readonly string[];
      readonly more: Readonly<Record<string, unknown>>;
      /** True when it cannot easily be undone, so that the command asks first. */
      readonly grave: boolean;
    }
  | BooksCommand
  | ImportCommand
  | BulkCommand
  | GiveCommand
  | { readonly kind: 'cash'; readonly subMchId: string; readonly month: string }
  | { readonly kind: 'pause'; readonly params: Readonly<Record<string, unknown>> }
  | { readonly kind: 'resume'; readonly params: Readonly<Record<string, unknown>> }
  | { readonly kind: 'issue'; readonly params: Readonly<Record<string, unknown>> }
  | { readonly kind: 'replay_matching'; readonly params: Readonly<Record<string, unknown>> };

/** A seal that somebody wrote down. */
export interface RecordAnchor {
  readonly n: number;
  readonly hash: string;
}

/** The formats the audit log is exported in. */
const EXPORT_FORMATS = ['jsonl', 'csv'] as const;

/** One of `EXPORT_FORMATS`. */
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** How to print the answer, and which server to call. */
export interface CallOptions {
  readonly url: string;
  readonly json: boolean;
  readonly yes: boolean;
  readonly lang: string | undefined;
}

/** The lists by their names on the command line. */
export const LISTS = {
  messages: 'list_messages',
  orders: 'list_orders',
  refunds: 'list_refunds',
  discrepancies: 'list_discrepancies',
  runs: 'list_runs',
  audit: 'list_audit',
} as const satisfies Readonly<Record<string, OpsName>>;

/** The name of a list. */
export type ListName = keyof typeof LISTS;

/** The filters of each list and their defaults. */
const FILTERS: Readonly<Record<ListName, Readonly<Record<string, string | null>>>> = {
  messages: { state: 'dead', reason: null, only: null, from: null, to: null },
  orders: {
    ...{ payment: null, fulfilment: null, late: null, sort: null, from: null, to: null },
    ...{ prefix: null, amount: null, payer: null },
  },
  refunds: { state: null },
  discrepancies: { state: 'open', class: null },
  runs: {},
  audit: { subject: null },
};

/** The verb of each action, and whether it asks first. */
const VERBS: Readonly<Record<OpsAction, { readonly verb: string; readonly grave: boolean }>> = {
  replay_message: { verb: 'replay', grave: false },
  dismiss_message: { verb: 'dismiss', grave: true },
  retry_fulfilment: { verb: 'retry', grave: false },
  ask_order: { verb: 'ask', grave: false },
  ask_refund: { verb: 'ask-refund', grave: false },
  pay_out_refund: { verb: 'pay-out', grave: true },
  close_order: { verb: 'close', grave: true },
  refund_order: { verb: 'refund', grave: true },
  release_hold: { verb: 'release', grave: true },
  accept_payment: { verb: 'accept', grave: true },
  return_payment: { verb: 'return', grave: true },
  resolve_discrepancy: { verb: 'resolve', grave: true },
  run_statement_again: { verb: 'run-again', grave: false },
  erase_payer: { verb: 'erase-payer', grave: true },
};

/** Reads the arguments of the command. Throws `UsageError`. */
export function readArguments(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): { readonly command: Command; readonly options: CallOptions } {
  const { values, positionals } = parsed(args);
  const [verb = '', ...names] = positionals;
  const {
    url = environment['OPS_URL'] ?? 'http://127.0.0.1:3000',
    json = false,
    yes = false,
    lang,
    ...given
  } = values;
  return { command: commandOf(verb, names, given), options: { url, json, yes, lang } };
}

function commandOf(verb: string, names: readonly string[], given: Given): Command {
  switch (verb) {
    case 'overview':
    case 'doctor':
    case 'test-robots':
    case 'test-fulfilment':
    case 'workers':
      only(given, [], names);
      return { kind: verb };
    case 'list':
      return listCommand(names, given);
    case 'sign-ins':
      only(given, ['limit', 'after'], names);
      return listCommand(['audit'], { ...given, subject: SIGN_INS });
    case 'approvals':
      only(given, ['decided'], names);
      return { kind: verb, decided: given['decided'] === true };
    case 'export-payer': {
      only(given, []);
      const [outTradeNo] = names;
      if (outTradeNo === undefined || names.length > 1)
        throw new UsageError(`${verb} takes one order number`);
      return { kind: 'export_payer', outTradeNo };
    }
    case 'approve':
      only(given, []);
      return { kind: verb, id: requestIn(verb, names) };
    case 'decline':
      only(given, ['why']);
      if (typeof given['why'] !== 'string') throw new UsageError('decline needs --why: it is recorded');
      return { kind: verb, id: requestIn(verb, names), reason: given['why'] };
    case 'record':
      return recordCommand(names, given);
    case 'search':
    case 'show': {
      only(given, verb === 'show' ? ['unmask'] : []);
      const [text] = names;
      if (text === undefined || names.length > 1)
        throw new UsageError(`${verb} takes one number, key, transaction or day`);
      return verb === 'search'
        ? { kind: verb, text }
        : { kind: verb, text, unmask: given['unmask'] === true };
    }
    case 'give-funds':
      only(given, ['account', 'why']);
      return giveFundsCommand(names, given);
    case 'give-bill':
      only(given, ['why']);
      return giveBillCommand(names, given);
    case 'import-orders':
      only(given, ['why', ...Object.keys(IMPORT_OPTIONS)]);
      return importCommand(names, given);
    case 'bulk':
      return bulkCommand(names, given, actionOf);
    case 'cash': {
      only(given, []);
      const [subMchId, month] = names;
      if (subMchId === undefined || month === undefined || names.length > 2)
        throw new UsageError('cash takes a merchant number and a month: 202602');
      return { kind: verb, subMchId, month };
    }
    case 'pause':
    case 'resume': {
      only(given, verb === 'pause' ? ['why', 'until'] : ['why']);
      const { why, until } = given;
      if (verb === 'pause' && why === undefined) throw new UsageError('pause needs --why: it is recorded');
      const params = {
        of: pausableOf(verb, names),
        ...(why === undefined ? {} : { reason: why }),
        ...(until === undefined ? {} : { until: timeOf('until', until) }),
      };
      return { kind: verb, params };
    }
    case 'take':
    case 'give-back':
    case 'mute':
    case 'unmute':
      return issueCommand(verb, names, given);
    default: {
      const books = booksCommand(verb, names, given);
      if (books !== null) return books;
      const action = actionOf(verb);
      const act = action === undefined ? undefined : { action, grave: VERBS[action].grave };
      if (act === undefined)
        throw new UsageError(`${verb === '' ? 'missing command' : `there is no verb ${verb}`}\n${USAGE}`);
      return verb === 'replay' && names.length === 0
        ? matchingCommand(given)
        : actRequest(verb, act, names, given);
    }
  }
}

function actionOf(verb: string): OpsAction | undefined {
  return OPS_ACTIONS.find((one) => VERBS[one].verb === verb);
}

function requestIn(verb: string, [id, ...more]: readonly string[]): string {
  if (id === undefined || more.length > 0) throw new UsageError(`${verb} takes one request: see approvals`);
  return id;
}

function recordCommand(names: readonly string[], given: Given): Command {
  only(given, ['anchor', 'export'], names);
  const { anchor, export: wanted } = given;
  if (wanted !== undefined) {
    const format = EXPORT_FORMATS.find((one) => one === wanted);
    if (format === undefined) throw new UsageError(`--export one of ${EXPORT_FORMATS.join(', ')}`);
    return { kind: 'export_record', format };
  }
  if (anchor === undefined) return { kind: 'record', anchor: null };
  const [, n, hash] = /^(\d{1,12}):([0-9a-f]{64})$/.exec(typeof anchor === 'string' ? anchor : '') ?? [];
  if (n === undefined || hash === undefined)
    throw new UsageError('--anchor is the number and hash of a seal, as record prints it');
  return { kind: 'record', anchor: { n: Number(n), hash } };
}

/** What to pause: a name of digits only is a merchant's number, any other a worker's name. */
function pausableOf(verb: string, [name = '', ...more]: readonly string[]): Pausable {
  const of = { kind: /^\d+$/.test(name) ? 'merchant' : 'worker', name };
  if (!isPausable(of) || more.length > 0) {
    throw new UsageError(`${verb} takes one of ${WORKER_NAMES.join(', ')}, or a merchant number`);
  }
  return of;
}

function issueCommand(verb: string, [cause, ...more]: readonly string[], given: Given): Command {
  only(given, verb === 'mute' ? ['why', 'until'] : [], more);
  if (!isAlarmCause(cause))
    throw new UsageError(
      `${verb} takes an issue, one of ${ALARM_CAUSES.join(', ')}; a discrepancy has an owner of its own: assign`,
    );
  const step = verb.replace('-', '_');
  if (verb !== 'mute') return { kind: 'issue', params: { cause, step } };
  const { why, until } = given;
  if (why === undefined || until === undefined) throw new UsageError('mute needs --until and --why');
  return { kind: 'issue', params: { cause, step, reason: why, until: timeOf('until', until) } };
}

function listCommand([list = '', ...more]: readonly string[], given: Given): Command {
  if (!isListName(list)) throw new UsageError(`list one of ${Object.keys(LISTS).join(', ')}`);
  const filters = FILTERS[list];
  only(given, [...Object.keys(filters), 'limit', 'after'], more);
  const set = Object.entries(filters).flatMap(([name, otherwise]) => {
    const value = given[name] ?? otherwise;
    return value === null ? [] : [[name, filterValue(name, value)] as const];
  });
  const page = {
    ...(given['limit'] === undefined ? {} : { limit: wholeNumber('limit', given['limit']) }),
    ...(given['after'] === undefined ? {} : { after: given['after'] }),
  };
  return { kind: 'list', list, params: { ...Object.fromEntries(set), ...page } };
}

function filterValue(name: string, value: unknown): unknown {
  if (name === 'from' || name === 'to') return timeOf(name, value);
  return name === 'amount' ? amountOf(value) : value;
}

function isListName(name: string): name is ListName {
  return Object.hasOwn(LISTS, name);
}

function actRequest(
  verb: string,
  { action, grave }: { readonly action: OpsAction; readonly grave: boolean },
  names: readonly string[],
  given: Given,
): Command {
  only(given, ['why', ...(verb === 'refund' ? ['amount', 'request-id'] : [])]);
  if (names.length === 0)
    throw new UsageError(`${verb} what? Give names, or - to read them from standard input`);
  const fromInput = names.length === 1 && names[0] === '-';
  const more = {
    ...(given['why'] === undefined ? {} : { reason: given['why'] }),
    ...(given['amount'] === undefined ? {} : { amount: amountOf(given['amount']) }),
    ...(given['request-id'] === undefined ? {} : { requestId: given['request-id'] }),
  };
  return { kind: 'act', action, names: fromInput ? [] : names, more, grave };
}

function matchingCommand(given: Given): Command {
  only(given, ['from', 'to', 'reason', 'why']);
  const { from, to, reason, why } = given;
  if (why === undefined) throw new UsageError('replay by filter needs --why: it is recorded');
  return {
    kind: 'replay_matching',
    params: {
      why,
      ...(from === undefined ? {} : { from: timeOf('from', from) }),
      ...(to === undefined ? {} : { to: timeOf('to', to) }),
      ...(reason === undefined ? {} : { reason }),
    },
  };
}

/**
 * Throws for options this verb does not have, and for unexpected names, so that nothing is silently
 * ignored.
 */
function only(given: Given, allowed: readonly string[], names: readonly string[] = []): void {
  const odd = Object.keys(given).find((name) => !allowed.includes(name));
  if (odd !== undefined) throw new UsageError(`--${odd} means nothing here\n${USAGE}`);
  if (names[0] !== undefined) throw new UsageError(`${names[0]} means nothing here\n${USAGE}`);
}

function parsed(args: readonly string[]) {
  return withUsage(USAGE, () =>
    parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        url: { type: 'string' },
        json: { type: 'boolean' },
        yes: { type: 'boolean' },
        lang: { type: 'string' },
        state: { type: 'string' },
        reason: { type: 'string' },
        only: { type: 'string' },
        payment: { type: 'string' },
        fulfilment: { type: 'string' },
        late: { type: 'string' },
        sort: { type: 'string' },
        prefix: { type: 'string' },
        payer: { type: 'string' },
        class: { type: 'string' },
        subject: { type: 'string' },
        from: { type: 'string' },
        to: { type: 'string' },
        until: { type: 'string' },
        limit: { type: 'string' },
        after: { type: 'string' },
        unmask: { type: 'boolean' },
        decided: { type: 'boolean' },
        anchor: { type: 'string' },
        export: { type: 'string' },
        why: { type: 'string' },
        amount: { type: 'string' },
        owner: { type: 'string' },
        'request-id': { type: 'string' },
        account: { type: 'string' },
        ...IMPORT_OPTIONS,
      },
    }),
  );
}
