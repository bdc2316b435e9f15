import { parseArgs } from 'node:util';
import { MOST_FILES } from '../files/limits';
import { InputError } from '../input-error';
import { languageOf } from '../request';
import type { Language } from '../../lib/values/language';
import { CASH_WORDS } from './words';

/** What the accountant asks of the cash. */
export interface CashRequest {
  readonly fundFlows: readonly string[];
  readonly bills: readonly string[];
  /** Bank statements; empty: withdrawals are not looked for at the bank. */
  readonly banks: readonly string[];
  readonly form: 'text' | 'json' | 'csv';
  readonly out: string | null;
  readonly language: Language;
}

const OPTIONS = {
  fundflow: { type: 'string', multiple: true },
  bill: { type: 'string', multiple: true },
  bank: { type: 'string', multiple: true },
  json: { type: 'boolean' },
  csv: { type: 'boolean' },
  out: { type: 'string' },
  lang: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Throws `InputError` for arguments that are not understood. */
export function readCashRequest(args: readonly string[]): CashRequest | 'help' {
  const language = languageOf(args);
  const { usage, wrong } = CASH_WORDS[language];
  const refuse = (detail: string) => new InputError('usage', { detail: `${detail}\n\n${usage}` });
  const values = parsed(args, refuse);
  if (values.help === true) return 'help';
  const { fundflow: fundFlows = [], bill: bills = [], bank: banks = [], json = false, csv = false } = values;
  if (fundFlows.length === 0 || bills.length === 0) throw refuse(wrong.files);
  if (json && csv) throw refuse(wrong.form);
  if (values.lang !== undefined && values.lang !== language) throw refuse(wrong.lang);
  if ([fundFlows, bills, banks].some(({ length }) => length > MOST_FILES)) {
    throw new InputError('too_many_files', { most: MOST_FILES });
  }
  return {
    fundFlows,
    bills,
    banks,
    language,
    form: json ? 'json' : csv ? 'csv' : 'text',
    out: values.out ?? null,
  };
}

function parsed(args: readonly string[], refuse: (detail: string) => InputError) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : 'bad arguments');
  }
}
