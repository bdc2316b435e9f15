import { realpathSync, writeFileSync } from 'node:fs';
import { dirname, join, basename } from 'node:path';
import { forTerminal } from '../lib/values/terminal';
import { closeCash } from './cash/close';
import { writtenCash } from './cash/render';
import { readCashRequest } from './cash/request';
import { CASH_WORDS } from './cash/words';
import { sizeOf } from './files/input';
import { InputError, isInputError } from './input-error';
import { matchFiles } from './match-files';
import { asCsv, asJson, asText } from './render';
import { languageOf, readRequest } from './request';
import { sentenceOf } from './sentences';
import { usage } from './usage';

async function main(args: readonly string[]): Promise<number> {
  if (args[0] === 'cash') return cash(args.slice(1));
  const request = readRequest(args);
  if (request === 'help') {
    process.stdout.write(usage(languageOf(args)));
    return 0;
  }
  const inputs = [...request.bills, ...request.orders];
  for (const path of inputs) sizeOf(path);
  if (request.out !== null) refuseToOverwrite(request.out, inputs);
  const report = await matchFiles(request);
  const written = {
    text: () => asText(report, request.language),
    json: () => asJson(report),
    csv: () => asCsv(report, request.language),
  }[request.form]();
  if (request.out === null) process.stdout.write(forTerminal(written));
  else writeReport(request.out, written);
  return report.agree ? 0 : 1;
}

async function cash(args: readonly string[]): Promise<number> {
  const request = readCashRequest(args);
  if (request === 'help') {
    process.stdout.write(CASH_WORDS[languageOf(args)].usage);
    return 0;
  }
  const inputs = [...request.fundFlows, ...request.bills, ...request.banks];
  for (const path of inputs) sizeOf(path);
  if (request.out !== null) refuseToOverwrite(request.out, inputs);
  const report = await closeCash(request);
  const written = writtenCash(report, request);
  if (request.out === null) process.stdout.write(forTerminal(written));
  else writeReport(request.out, written);
  return report.closes ? 0 : 1;
}

/** Throws `InputError` when the report would replace a file that is compared. */
function refuseToOverwrite(out: string, inputs: readonly string[]): void {
  const whole = realOf(out);
  if (inputs.some((path) => realpathSync(path) === whole))
    throw new InputError('out_is_input', { file: out });
}

/** The real path, of a file that does not exist yet too. */
function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    try {
      return join(realpathSync(dirname(path)), basename(path));
    } catch {
      return path;
    }
  }
}

function writeReport(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    const detail = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new InputError('out_failed', { file: path, detail }, { cause: error });
  }
}

const args = process.argv.slice(2);
main(args).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    // An error that the accountant can fix is said in one sentence; any other is our own fault and
    // shown in full.
    const text = isInputError(error) ? sentenceOf(error, languageOf(args)) : String(error);
    process.stderr.write(forTerminal(`${text}\n`));
    process.exitCode = 2;
  },
);
