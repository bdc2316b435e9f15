import type { GivenColumns } from '../../accountant/orders/order-columns';
import type { GivenStates } from '../../accountant/orders/order-states';
import { givenColumns, givenStates } from '../../accountant/request';
import { isSubMchId, type SubMchId } from '../../lib/values/ids';
import type { Given } from '../given';
import { UsageError } from '../usage-error';

/** One parsed call of `import-orders`. */
export interface ImportCommand {
  readonly kind: 'import_orders';
  readonly files: readonly string[];
  readonly reason: string;
  /** Whose orders they are, where the file does not say; null: the shop's only merchant. */
  readonly merchant: SubMchId | null;
  readonly columns: GivenColumns;
  readonly states: GivenStates;
}

/** The options that only this verb has. */
export const IMPORT_OPTIONS = {
  merchant: { type: 'string' },
  columns: { type: 'string', multiple: true },
  states: { type: 'string', multiple: true },
} as const;

/** Reads a call. Throws `UsageError`. */
export function importCommand(files: readonly string[], given: Given): ImportCommand {
  const { why, merchant = null } = given;
  if (files.length === 0) throw new UsageError('import-orders takes the files with the orders');
  if (typeof why !== 'string') throw new UsageError('import-orders needs --why: it is recorded');
  if (merchant !== null && !isSubMchId(merchant)) throw new UsageError('--merchant is a merchant number');
  const wrong = (sentence: string) => new UsageError(sentence);
  return {
    kind: 'import_orders',
    files,
    reason: why,
    merchant,
    columns: givenColumns(textsOf(given['columns']), wrong),
    states: givenStates(textsOf(given['states']), wrong),
  };
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
