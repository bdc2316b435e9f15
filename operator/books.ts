import { isDiscrepancyId } from '../lib/model/discrepancy';
import type { ShownSignOff } from '../lib/ops/books-api';
import { equationOf } from '../lib/statement/month/month-day';
import { MONTH_WORDS } from '../lib/statement/month/words';
import { AGE_BUCKETS } from '../lib/rules/ageing';
import { yuan } from '../lib/values/yuan';
import type { BooksCommand } from './books-command';
import { rows, time } from './rows';
import type { Result, Terminal } from './said';
import { said } from './said';
import { UsageError } from './usage-error';
import { WORDS } from './words';

/** Executes a call about books. Rejects with `UsageError` without an answer. */
export async function runBooks(terminal: Terminal, command: BooksCommand): Promise<Result> {
  const { client, language } = terminal;
  const words = WORDS[language];
  const texts = MONTH_WORDS[language];
  switch (command.verb) {
    case 'months':
      return said(terminal, await client.ask('list_books', {}), ({ months }) =>
        rows(
          words,
          months.map((one) => ({
            [texts.label.month]: `${one.subMchId}:${one.month}`,
            [texts.label.days]: String(one.runs),
            [texts.signed.signed]: String(one.signedDays),
            [texts.label.signOff]: texts.signed[one.isSigned ? 'signed' : 'unsigned'],
          })),
        ),
      );
    case 'month':
      return command.export === null
        ? showMonth(terminal, command.month)
        : said(
            terminal,
            await client.ask('export_month', { ...command.month, part: command.export, language }),
            ({ csv }) => csv,
          );
    case 'sign-off':
      return signOff(terminal, command);
    case 'amend':
      return said(
        terminal,
        await client.ask('amend', { id: command.id, reason: command.reason }),
        () => `${words.amended(command.id)}\n`,
      );
    case 'open-items':
      return said(
        terminal,
        await client.ask('list_open_items', { owner: command.owner, limit: 200 }),
        (answer) =>
          [
            rows(
              words,
              (answer.table ?? []).map(({ owner, counts }) => ({
                owner: owner ?? '—',
                ...Object.fromEntries(AGE_BUCKETS.map((bucket) => [bucket, String(counts[bucket])])),
              })),
            ),
            rows(
              words,
              answer.items.map(({ discrepancy, bucket, amount, owner }) => ({
                discrepancy: discrepancy.id,
                age: bucket,
                amount: amount === null ? '' : yuan(amount),
                owner: owner ?? '—',
                'first seen': time(discrepancy.firstSeenAt),
              })),
            ),
          ].join('\n'),
      );
    case 'assign': {
      const names = command.names.map(discrepancyNamed);
      return said(terminal, await client.ask('assign', { names, owner: command.owner }), ({ notes }) =>
        rows(
          words,
          notes.map(({ id, owner }) => ({ discrepancy: id, owner: owner ?? '—' })),
        ),
      );
    }
    case 'comment': {
      const id = discrepancyNamed(command.id);
      return said(terminal, await client.ask('comment', { id, text: command.text }), ({ notes }) =>
        rows(words, [{ discrepancy: id, comments: String(notes.comments.length) }]),
      );
    }
  }
}

async function showMonth(
  terminal: Terminal,
  month: Extract<BooksCommand, { verb: 'month' }>['month'],
): Promise<Result> {
  const { client, language } = terminal;
  const words = WORDS[language];
  const texts = MONTH_WORDS[language];
  const reply = await client.ask('show_month', month);
  const result = said(terminal, reply, ({ report, voucher, signOff: shown }) =>
    [
      rows(
        words,
        equationOf(report.money).map(({ what, amount }) => ({
          [texts.label.equation]: texts.step[what],
          [texts.label.sum]: yuan(amount),
        })),
      ),
      `${texts.label.net}: ${yuan(report.net)}\n`,
      `${texts.label.closes}: ${report.closes ? texts.yes : texts.no}\n`,
      standingText(terminal, shown),
      voucher.kind === 'refused'
        ? `${texts.refused[voucher.why]}: ${voucher.days.join(' ')}\n`
        : rows(
            words,
            voucher.lines.map(({ account, debit, credit }) => ({
              [texts.label.accountName]: texts.account[account],
              [texts.label.debit]: yuan(debit),
              [texts.label.credit]: yuan(credit),
            })),
          ),
    ].join('\n'),
  );
  return reply.ok && !reply.report.closes ? { ...result, code: 1 } : result;
}

/** Shows what is signed, asks, and signs exactly that. */
async function signOff(
  terminal: Terminal,
  { id, note }: Extract<BooksCommand, { verb: 'sign-off' }>,
): Promise<Result> {
  const { client } = terminal;
  const looked = await client.ask('show_sign_off', { id });
  if (!looked.ok) return said(terminal, looked, () => '');
  const shown = looked.signOff;
  if (shown.digest === null) throw new UsageError(`nothing is kept of ${id} any more`);
  terminal.preview(standingText(terminal, shown));
  if (!(await terminal.confirm('sign-off', 1))) return { output: '', code: 1 };
  const asked = { id, seen: shown.digest, ...(note === null ? {} : { note }) };
  return said(
    terminal,
    await client.ask('sign_off', asked),
    ({ signOff: { signature } }) => `${signature.who} ${time(signature.at)} ${signature.digest}\n`,
  );
}

function standingText({ language }: Terminal, { id, standing, changes, files }: ShownSignOff): string {
  const texts = MONTH_WORDS[language];
  return [
    `${id}: ${texts.signed[standing]}`,
    ...changes.map(({ what, day, item, by, reason }) =>
      [day, texts.change[what], item, by, reason].filter((part) => part !== null).join(' '),
    ),
    ...files.map(({ kind, day, sha256 }) => [kind, day, sha256].filter((part) => part !== null).join(' ')),
    '',
  ].join('\n');
}

function discrepancyNamed(text: string) {
  if (isDiscrepancyId(text)) return text;
  throw new UsageError(`${text} is no discrepancy`);
}
