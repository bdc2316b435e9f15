import type { CashAccount } from '../lib/values/cash-account';
import type { Given } from './given';
import { accountOf } from './given';
import { UsageError } from './usage-error';

/** A file that is given by hand. */
export type GiveCommand = GivenFor &
  ({ readonly kind: 'give-bill' } | { readonly kind: 'give-funds'; readonly account: CashAccount });

interface GivenFor {
  /** The run of the day that it is given for. */
  readonly id: string;
  readonly file: string;
  /** Null where none was given: signed books need one. */
  readonly reason: string | null;
}

/** Reads a call that gives a fund-flow bill. Throws `UsageError`. */
export function giveFundsCommand(names: readonly string[], given: Given): GiveCommand {
  return {
    kind: 'give-funds',
    ...givenFor('give-funds', names, given),
    account: accountOf(given['account']),
  };
}

/** Reads a call that gives a trade bill. Throws `UsageError`. */
export function giveBillCommand(names: readonly string[], given: Given): GiveCommand {
  return { kind: 'give-bill', ...givenFor('give-bill', names, given) };
}

function givenFor(verb: GiveCommand['kind'], names: readonly string[], { why }: Given): GivenFor {
  const [id, file] = names;
  if (id === undefined || file === undefined || names.length > 2) {
    throw new UsageError(`${verb} takes merchant:day and one file`);
  }
  return { id, file, reason: typeof why === 'string' ? why : null };
}
