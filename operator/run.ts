import { API_LIMITS } from '../lib/ops/api';
import type { ActResult } from '../lib/ops/changed';
import type { ListName, Command } from './arguments';
import { isDone } from './changed';
import { testedText } from './views/fulfilment-views';
import { findingsText, hasErrors } from './doctor/render';
import { approvalsText } from './approvals';
import { runBooks } from './books';
import { giveBill, giveFunds, showCash } from './cash';
import { exportPayer } from './export-payer';
import { runBulk } from './bulk/bulk';
import { runImport } from './import/import';
import { checkRecord, exportRecord } from './record';
import type { Result, Terminal } from './said';
import { rows } from './rows';
import { said } from './said';
import { UsageError } from './usage-error';
import {
  discrepancyText,
  LINES,
  messageText,
  orderText,
  overviewText,
  pageText,
  previewText,
  refundText,
  resultsText,
  runText,
} from './views/views';
import { issuesText } from './views/today-view';
import { pausesText, workersText } from './views/worker-views';
import { WORDS } from './words';

/** Executes one call of the command. Rejects with `UsageError` without an answer. */
export async function run(command: Command, terminal: Terminal): Promise<Result> {
  const { client, language } = terminal;
  const words = WORDS[language];
  switch (command.kind) {
    case 'overview':
      return said(terminal, await client.ask('overview', {}), (answer) => overviewText(words, answer));
    case 'doctor': {
      const reply = await client.ask('doctor', {});
      const result = said(terminal, reply, ({ findings }) => findingsText(findings, language));
      return reply.ok && hasErrors(reply.findings) ? { ...result, code: 1 } : result;
    }
    case 'workers':
      return said(terminal, await client.ask('workers', {}), (answer) => workersText(words, answer));
    case 'pause':
      return said(terminal, await client.ask('pause', command.params), ({ pauses }) =>
        pausesText(words, pauses),
      );
    case 'resume':
      return said(terminal, await client.ask('resume', command.params), ({ ended, pauses }) =>
        [ended === null ? `${words.nothingPaused}\n` : '', pausesText(words, pauses)].join(''),
      );
    case 'issue':
      return said(terminal, await client.ask('handle_issue', command.params), ({ issues }) =>
        issuesText(words, issues),
      );
    case 'test-robots':
      return testRobots(terminal);
    case 'test-fulfilment':
      return testFulfilment(terminal);
    case 'search':
      return said(terminal, await client.ask('search', { text: command.text }), ({ found, orders }) =>
        rows(words, [
          ...found.map(({ kind, name }) => ({ kind, name })),
          ...orders.flatMap(({ items }) =>
            items.map(({ outTradeNo }) => ({ kind: 'order', name: outTradeNo })),
          ),
        ]),
      );
    case 'list':
      return list(terminal, command.list, command.params);
    case 'show':
      return show(terminal, command.text, command.unmask);
    case 'approvals':
      return said(terminal, await client.ask('list_approvals', { decided: command.decided }), (page) =>
        approvalsText(words, page),
      );
    case 'export_payer':
      return exportPayer(terminal, command.outTradeNo);
    case 'approve': {
      const reply = await client.ask('approve', { id: command.id });
      const result = said(terminal, reply, ({ results }) => resultsText(words, results));
      return reply.ok && !reply.results.every(isDone) ? { ...result, code: 1 } : result;
    }
    case 'decline':
      return said(
        terminal,
        await client.ask('decline', { id: command.id, reason: command.reason }),
        () => '',
      );
    case 'record':
      return checkRecord(terminal, command.anchor);
    case 'export_record':
      return exportRecord(terminal, command.format);
    case 'import_orders':
      return runImport(terminal, command);
    case 'bulk':
      return runBulk(terminal, command);
    case 'books':
      return runBooks(terminal, command);
    case 'give-funds':
      return giveFunds(terminal, command);
    case 'give-bill':
      return giveBill(terminal, command);
    case 'cash':
      return showCash(terminal, command);
    case 'act':
      return act(terminal, command);
    case 'replay_matching':
      return replayMatching(terminal, command.params);
  }
}

/** Sends a test notice to each target. 1 when one did not accept it, or when there is none. */
async function testRobots(terminal: Terminal): Promise<Result> {
  const words = WORDS[terminal.language];
  const reply = await terminal.client.ask('test_notices', {});
  const result = said(terminal, reply, ({ targets }) =>
    rows(
      words,
      targets.map((one) => ({
        target: one.target,
        result: one.ok ? words.sent : words.notSent,
        message: one.ok ? '' : one.message,
      })),
    ),
  );
  const isWell = reply.ok && reply.targets.length > 0 && reply.targets.every(({ ok }) => ok);
  return isWell ? result : { ...result, code: 1 };
}

/** Sends a test event. 1 when the system does not take it, or when there is no such system. */
async function testFulfilment(terminal: Terminal): Promise<Result> {
  const words = WORDS[terminal.language];
  const reply = await terminal.client.ask('test_fulfilment', {});
  const result = said(terminal, reply, ({ tested }) => testedText(words, tested));
  return reply.ok && reply.tested?.problem === null ? result : { ...result, code: 1 };
}

async function list(terminal: Terminal, name: ListName, params: object): Promise<Result> {
  const { client, language } = terminal;
  const words = WORDS[language];
  switch (name) {
    case 'messages':
      return said(terminal, await client.ask('list_messages', params), (page) =>
        pageText(words, page, LINES.messages),
      );
    case 'orders':
      return said(terminal, await client.ask('list_orders', params), (page) =>
        pageText(words, page, LINES.orders),
      );
    case 'refunds':
      return said(terminal, await client.ask('list_refunds', params), (page) =>
        pageText(words, page, LINES.refunds),
      );
    case 'discrepancies':
      return said(terminal, await client.ask('list_discrepancies', params), (page) =>
        pageText(words, page, LINES.discrepancies),
      );
    case 'runs':
      return said(terminal, await client.ask('list_runs', params), (page) =>
        pageText(words, page, LINES.runs),
      );
    case 'audit':
      return said(terminal, await client.ask('list_audit', params), (page) =>
        pageText(words, page, LINES.audit),
      );
  }
}

/** Shows the first search result: an order before the items that belong to it. */
async function show(terminal: Terminal, text: string, unmask: boolean): Promise<Result> {
  const { client, language, json } = terminal;
  const words = WORDS[language];
  const search = await client.ask('search', { text });
  if (!search.ok) return said(terminal, search, () => '');
  const [found] = [...search.found].sort((a, b) => Number(b.kind === 'order') - Number(a.kind === 'order'));
  if (found === undefined) {
    const refusal = { ok: false, code: 'NOT_FOUND', message: words.notFound };
    return { output: json ? `${JSON.stringify(refusal, null, 2)}\n` : `${words.notFound}\n`, code: 1 };
  }
  const { kind, name } = found;
  switch (kind) {
    case 'order':
      return said(terminal, await client.ask('show_order', { outTradeNo: name, unmask }), (answer) =>
        orderText(words, answer),
      );
    case 'refund':
      return said(terminal, await client.ask('show_refund', { outRefundNo: name }), (answer) =>
        refundText(words, answer),
      );
    case 'message':
      return said(terminal, await client.ask('show_message', { key: name, unmask }), (answer) =>
        messageText(words, answer),
      );
    case 'discrepancy':
      return said(terminal, await client.ask('show_discrepancy', { id: name }), (answer) =>
        discrepancyText(words, answer),
      );
    case 'run':
      return said(terminal, await client.ask('show_run', { id: name }), (answer) => runText(words, answer));
  }
}

async function act(terminal: Terminal, command: Extract<Command, { kind: 'act' }>): Promise<Result> {
  const { client, language, json } = terminal;
  const words = WORDS[language];
  const names = [...new Set(command.names.length > 0 ? command.names : await terminal.readNames())];
  if (names.length === 0) throw new UsageError('there are no names on standard input');
  if (command.action === 'release_hold') await previewRelease(terminal, names);
  if (command.grave && !(await terminal.confirm(command.action, names.length))) {
    return { output: `${words.left}\n`, code: 1 };
  }
  const results: ActResult[] = [];
  let left = names;
  while (left.length > 0) {
    const asked = left.slice(0, API_LIMITS.names);
    const reply = await client.ask('act', { action: command.action, names: asked, ...command.more });
    if (!reply.ok) {
      // Earlier calls took effect and are printed.
      const refusal = said(terminal, reply, () => '');
      return results.length === 0
        ? refusal
        : { output: resultsText(words, results) + refusal.output, code: 1 };
    }
    const begun = reply.results.filter((one) => one.ok || one.code !== 'NOT_BEGUN');
    if (begun.length === 0) throw new UsageError('nothing was started: try fewer at once');
    results.push(...begun);
    const done = new Set(begun.map(({ name }) => name));
    left = left.filter((name) => !done.has(name));
  }
  const output = json ? `${JSON.stringify({ ok: true, results }, null, 2)}\n` : resultsText(words, results);
  return { output, code: results.every(isDone) ? 0 : 1 };
}

/**
 * Shows what a release would fulfil. Failure policy: fail open. A refused preview is shown as such:
 * the person is asked next, and each order is decided on its own anyway.
 */
async function previewRelease(
  { client, language, preview }: Terminal,
  names: readonly string[],
): Promise<void> {
  const words = WORDS[language];
  for (let begin = 0; begin < names.length; begin += API_LIMITS.names) {
    const some = names.slice(begin, begin + API_LIMITS.names);
    const reply = await client.ask('preview_release', { names: some });
    preview(reply.ok ? previewText(words, reply.items) : `${reply.code}: ${reply.message}\n`);
    if (!reply.ok) return;
  }
}

async function replayMatching(terminal: Terminal, params: object): Promise<Result> {
  const { client, language, json } = terminal;
  const words = WORDS[language];
  const dead = await client.ask('list_messages', {
    ...filterOf(params),
    state: 'dead',
    limit: API_LIMITS.page,
  });
  if (!dead.ok) return said(terminal, dead, () => '');
  const count = dead.items.length;
  if (count > 0 && !(await terminal.confirm(dead.next === null ? 'replay' : 'replay, at least', count))) {
    return { output: `${words.left}\n`, code: 1 };
  }
  let replayed = 0;
  for (let remaining = count > 0; remaining;) {
    const reply = await client.ask('replay_matching', params);
    if (!reply.ok) {
      const refusal = said(terminal, reply, () => '');
      return { ...refusal, output: json ? refusal.output : `${words.replayed(replayed)}\n${refusal.output}` };
    }
    replayed += reply.replayed;
    // A round that replayed nothing will replay nothing the next time either.
    remaining = reply.remaining && reply.replayed > 0;
  }
  const output = json
    ? `${JSON.stringify({ ok: true, replayed }, null, 2)}\n`
    : `${words.replayed(replayed)}\n`;
  return { output, code: 0 };
}

/** The parameters of a replay that select messages. */
function filterOf(params: object): object {
  return Object.fromEntries(Object.entries(params).filter(([name]) => name !== 'why'));
}
