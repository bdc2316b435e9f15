import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { MOVEMENT_KINDS, type DayCash } from '../lib/model/statement/cash';
import type { CashMonth } from '../lib/statement/cash/month';
import { fen, fenToYuan, type Fen } from '../lib/values/fen';
import type { Command } from './arguments';
import { rows } from './rows';
import type { Result, Terminal } from './said';
import { said } from './said';
import { sendFile } from './send-file';
import { UsageError } from './usage-error';
import { WORDS, type Words } from './words';

/**
 * Gives the trade bill of a day, compressed on the way. 0 once it is taken; the next turn of the
 * statement worker compares the day with it.
 */
export async function giveBill(
  terminal: Terminal,
  { id, file, reason }: Extract<Command, { kind: 'give-bill' }>,
): Promise<Result> {
  const words = WORDS[terminal.language];
  const sent = await sendFile(terminal.client, id, readBill(file));
  if (!sent.ok) return said(terminal, sent, () => '');
  const reply = await terminal.client.ask('give_trade_bill', {
    ...{ id, ...sent.given },
    ...(reason === null ? {} : { reason }),
  });
  return said(terminal, reply, ({ round, rows: count }) =>
    rows(words, [{ run: id, round: String(round), count: String(count) }]),
  );
}

/**
 * Gives a fund-flow bill, compressed on the way. 1 when the day's cash is open with it, or when the
 * day still lacks a file.
 */
export async function giveFunds(
  terminal: Terminal,
  { id, file, account, reason }: Extract<Command, { kind: 'give-funds' }>,
): Promise<Result> {
  const words = WORDS[terminal.language];
  const sent = await sendFile(terminal.client, id, readBill(file));
  if (!sent.ok) return said(terminal, sent, () => '');
  const reply = await terminal.client.ask('give_fund_flow', {
    ...{ id, account, ...sent.given },
    ...(reason === null ? {} : { reason }),
  });
  const result = said(terminal, reply, ({ cash }) =>
    rows(words, [
      {
        run: id,
        account,
        state: cash.accounts[account]?.state ?? '',
        result: cash.proof?.result ?? '',
      },
    ]),
  );
  return reply.ok && !isProved(reply.cash) ? { ...result, code: 1 } : result;
}

/** True when nothing of a day's cash is open and no file of it is missing. Pure. */
export function isProved({ proof, accounts }: Pick<DayCash, 'proof' | 'accounts'>): boolean {
  const areAllHere = Object.values(accounts).every(({ state }) => state === 'proved' || state === 'none');
  return proof !== null && proof.result !== 'open' && areAllHere;
}

/** Reads a file, compressed as it is sent. */
function readBill(file: string): Buffer {
  try {
    const bytes = readFileSync(file);
    return bytes[0] === 0x1f && bytes[1] === 0x8b ? bytes : gzipSync(bytes);
  } catch {
    throw new UsageError(`${file} cannot be read`);
  }
}

/** A month's accounts. 1 when one of them does not balance. */
export async function showCash(
  terminal: Terminal,
  { subMchId, month }: Extract<Command, { kind: 'cash' }>,
): Promise<Result> {
  const words = WORDS[terminal.language];
  const reply = await terminal.client.ask('cash_month', { subMchId, month });
  const result = said(terminal, reply, ({ accounts }) =>
    accounts.map((account) => accountText(words, account)).join('\n'),
  );
  const isWell = reply.ok && reply.accounts.every(({ balances }) => balances);
  return reply.ok && !isWell ? { ...result, code: 1 } : result;
}

function accountText(words: Words, month: CashMonth): string {
  const money = (amount: Fen | null) => (amount === null ? '' : fenToYuan(amount));
  const kinds = MOVEMENT_KINDS.flatMap((kind) => {
    const moved = month.moved[kind];
    return moved === undefined
      ? []
      : [{ movement: kind, count: String(moved.count), amount: money(moved.sum) }];
  });
  const days = month.days.flatMap(({ day, state, opening, closing, result }) =>
    state === 'none' || (state === 'proved' && result === 'closes')
      ? []
      : [{ day, state, opening: money(opening), closing: money(closing), result: result ?? '' }],
  );
  return [
    rows(words, [
      {
        account: month.account,
        opening: money(month.opening),
        movement: money(month.movement.sum),
        closing: money(month.closing),
        difference: money(fen(month.difference)),
        result: month.balances ? 'closes' : 'open',
      },
    ]),
    rows(words, kinds),
    ...(days.length === 0 ? [] : [rows(words, days)]),
  ].join('\n');
}
