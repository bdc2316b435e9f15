import { fen, type Fen } from '../../lib/values/fen';
import type { Clock, Instant } from '../../lib/values/instant';

/** Money that a merchant took out of its account to its bank. */
export interface Withdrawal {
  readonly at: Instant;
  readonly amount: Fen;
  readonly number: string;
}

/** What moves merchants' accounts beside payments and refunds. */
export interface AccountBook {
  /** A withdrawal (提现) to the bank, now. Its number in the fund-flow bill. */
  withdraw(signer: string, amount: Fen): string;
  withdrawals(signer: string): readonly Withdrawal[];
  /**
   * Plants a theft: the account is charged `amount` more for this payment than its trade bill says.
   * The fund-flow bill adds up all the same.
   */
  steal(transactionId: string, amount: Fen): void;
  stolen(transactionId: string): Fen;
}

/** Creates the book, without an entry. */
export function createAccountBook(clock: Clock): AccountBook {
  const withdrawals = new Map<string, Withdrawal[]>();
  const stolen = new Map<string, Fen>();
  let numbers = 0;
  return {
    withdraw(signer, amount) {
      numbers += 1;
      const number = `10${String(numbers).padStart(18, '0')}`;
      const all = withdrawals.get(signer) ?? [];
      all.push({ at: clock.now(), amount, number });
      withdrawals.set(signer, all);
      return number;
    },
    withdrawals: (signer) => withdrawals.get(signer) ?? [],
    steal(transactionId, amount) {
      stolen.set(transactionId, amount);
    },
    stolen: (transactionId) => stolen.get(transactionId) ?? fen(0),
  };
}
