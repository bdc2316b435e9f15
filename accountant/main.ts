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
Exit: 0 both sides agree, 1 there are differences, 2 the input must be fixed first.
`;

interface MatchRequest {
  readonly bill: string;
  readonly orders: string;
  readonly form: 'text' | 'json' | 'csv';
  readonly out: string | null;
  readonly merchant: string | null;
  readonly feeRate: string | null;
  readonly language: Language;
}

/** Throws `InputError` for arguments that are not understood. */
function readRequest(args: readonly string[]): MatchRequest | 'help' {
  const { values } = parsed(args);
  if (values.help === true) return 'help';
  const { bill, orders, json = false, csv = false, out, merchant, lang } = values;
  if (bill === undefined || orders === undefined) throw new InputError(USAGE);
  if (json && csv) throw new InputError('choose one of --json and --csv');
  const language = lang ?? (/^zh/i.test(process.env['LC_ALL'] ?? process.env['LANG'] ?? '') ? 'zh' : 'en');
  if (language !== 'zh' && language !== 'en') throw new InputError('--lang must be zh or en');
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
        help: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new InputError(`${error instanceof Error ? error.message : 'bad arguments'}\n${USAGE}`);
  }
}

/** A progress bar on a terminal only, so that piped output stays clean. */
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
  const request = readRequest(process.argv.slice(2));
  if (request === 'help') {
    process.stdout.write(USAGE);
    return 0;
  }
  const { reading } = WORDS[request.language];
  const { merchant } = request;
  if (merchant !== null && !isSubMchId(merchant))
    throw new InputError('--merchant must be a merchant number: digits only');
  const feeRate = request.feeRate === null ? null : readFeeRate(request.feeRate);
  if (request.feeRate !== null && feeRate === null)
    throw new InputError('--fee-rate must be a rate such as 0.60%');

  const ordersBar = progress(reading.orders, sizeOf(request.orders));
  const file = await readOrderFile(request.orders, ordersBar.add).finally(ordersBar.end);
  const billBar = progress(reading.bill, sizeOf(request.bill));
  const report = await compare(file, { bill: request.bill, merchant, feeRate, onBytes: billBar.add }).finally(
    billBar.end,
  );

  const written = {
    text: () => asText(report, request.language),
    json: () => asJson(report),
    csv: () => asCsv(report, request.language),
  }[request.form]();
  if (request.out === null) process.stdout.write(forTerminal(written));
  else writeFileSync(request.out, written);
  return agrees(report) ? 0 : 1;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    // An error that the accountant can fix is one sentence; any other is our own fault and shown in
    // full.
    process.stderr.write(forTerminal(`${error instanceof InputError ? error.message : String(error)}\n`));
    process.exitCode = 2;
  },
);
