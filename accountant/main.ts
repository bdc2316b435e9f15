import { statSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Presets, SingleBar } from 'cli-progress';
import { readFeeRate } from '../lib/values/fee-rate';
import { isSubMchId } from '../lib/values/ids';
import { forTerminal } from '../lib/values/terminal';
import { compare } from './compare';
import { InputError } from './input-error';
import { readOrderFile } from './order-file';
import { asCsv, asJson, asText } from './render';
import { agrees } from './report';
import type { Language } from './words';
import { WORDS } from './words';

const USAGE = `npm run match -- --bill <file> --orders <file.csv> [--json | --csv] [--out <file>]
  [--merchant <number>] [--fee-rate 0.60%] [--lang zh|en]
Exit: 0 both sides agree, 1 there are differences, 2 something has to be fixed first.
`;

interface Wish {
  readonly bill: string;
  readonly orders: string;
  readonly form: 'text' | 'json' | 'csv';
  readonly out: string | null;
  readonly merchant: string | null;
  readonly feeRate: string | null;
  readonly language: Language;
}

function readWish(args: readonly string[]): Wish {
  const { values } = parsed(args);
  const { bill, orders, json = false, csv = false, out, merchant, lang } = values;
  if (bill === undefined || orders === undefined) throw new InputError(USAGE);
  if (json && csv) throw new InputError('choose one of --json and --csv');
  const language = lang ?? (/^zh/i.test(process.env['LC_ALL'] ?? process.env['LANG'] ?? '') ? 'zh' : 'en');
  if (language !== 'zh' && language !== 'en') throw new InputError('--lang is zh or en');
  return {
    bill,
    orders,
    form: json ? 'json' : csv ? 'csv' : 'text',
    out: out ?? null,
    merchant: merchant ?? null,
    feeRate: values['fee-rate'] ?? null,
    language,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        bill: { type: 'string' },
        orders: { type: 'string' },
        json: { type: 'boolean' },
        csv: { type: 'boolean' },
        out: { type: 'string' },
        merchant: { type: 'string' },
        'fee-rate': { type: 'string' },
        lang: { type: 'string' },
      },
    });
  } catch (error) {
    throw new InputError(`${error instanceof Error ? error.message : 'bad arguments'}\n${USAGE}`);
  }
}

/** A bar on a terminal, and nothing anywhere else: what is piped stays clean. */
function progress(
  name: string,
  bytes: number,
): { readonly add: (count: number) => void; readonly end: () => void } {
  if (!process.stderr.isTTY) return { add: () => undefined, end: () => undefined };
  const format = `${name} {bar} {percentage}% {eta_formatted}`;
  const bar = new SingleBar(
    { format, stream: process.stderr, clearOnComplete: true, hideCursor: true },
    Presets.shades_classic,
  );
  bar.start(bytes, 0);
  return {
    add: (count) => {
      bar.increment(count);
    },
    end: () => {
      bar.stop();
    },
  };
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch (error) {
    throw new InputError(`${path} cannot be read: check the name`, { cause: error });
  }
}

async function main(): Promise<number> {
  if (process.argv.includes('--help')) {
    process.stdout.write(USAGE);
    return 0;
  }
  const wish = readWish(process.argv.slice(2));
  const { reading } = WORDS[wish.language];
  const { merchant } = wish;
  if (merchant !== null && !isSubMchId(merchant))
    throw new InputError('--merchant is a merchant number: digits');
  const feeRate = wish.feeRate === null ? null : readFeeRate(wish.feeRate);
  if (wish.feeRate !== null && feeRate === null) throw new InputError('--fee-rate is a rate such as 0.60%');

  const ordersBar = progress(reading.orders, sizeOf(wish.orders));
  const file = await readOrderFile(wish.orders, ordersBar.add).finally(ordersBar.end);
  const billBar = progress(reading.bill, sizeOf(wish.bill));
  const report = await compare(file, { bill: wish.bill, merchant, feeRate, onBytes: billBar.add }).finally(
    billBar.end,
  );

  const written = {
    text: () => asText(report, wish.language),
    json: () => asJson(report),
    csv: () => asCsv(report, wish.language),
  }[wish.form]();
  if (wish.out === null) process.stdout.write(forTerminal(written));
  else writeFileSync(wish.out, written);
  return agrees(report) ? 0 : 1;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    // What the accountant can fix is one sentence; anything else is our own fault and shown whole.
    process.stderr.write(forTerminal(`${error instanceof InputError ? error.message : String(error)}\n`));
    process.exitCode = 2;
  },
);
