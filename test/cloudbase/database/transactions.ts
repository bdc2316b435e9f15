import { randomUUID } from 'node:crypto';
import { CloudBaseError } from '../errors';
import type { Timer } from '../timer';
import type { Collection } from './collections';
import type { Document } from './documents';

/** Transactions live 30 seconds; then CloudBase has forgotten them. */
const LIFE_MS = 30_000;

/**
 * One open transaction: snapshot isolation, first writer wins.
 *
 *   open ── commit ─────────────▶ gone, writes applied
 *     ├──── abort, conflict ────▶ gone, writes dropped
 *     └──── 30 s pass ──────────▶ gone, writes dropped
 *
 * `before` has documents overwritten by others since its start, so that its reads see that moment.
 * `writes` is what it will write. `locks` are the keys (of documents and unique index values) that
 * nobody else may write.
 */
export interface Transaction {
  readonly id: string;
  readonly before: Map<string, Document | null>;
  readonly writes: Map<string, PendingWrite>;
  readonly locks: Set<string>;
  readonly ended: Promise<void>;
}

/** What a transaction will do to one document when it commits; `null` removes it. */
export interface PendingWrite {
  readonly collection: Collection;
  readonly key: string;
  readonly document: Document | null;
}

/** The open transactions of one database. */
export interface Transactions {
  /** Opens one. */
  start(): Transaction;
  /** The open transaction, or throws DATABASE_TRANSACTION_FAIL when there is none (any more). */
  get(id: string): Transaction;
  /** Closes one and frees its locks, without applying anything. */
  end(transaction: Transaction): void;
  /** The transaction that holds one of these locks, other than `self`. */
  holder(locks: readonly string[], self?: Transaction): Transaction | undefined;
  /** Takes locks for a transaction, or ends it and throws DATABASE_TRANSACTION_CONFLICT. */
  lock(transaction: Transaction, locks: readonly string[]): void;
  /** Tells the open transactions what a document was before somebody else changed it. */
  remember(documentLock: string, previous: Document | null): void;
}

/** The lock that stands for one document. */
export function documentLock(collection: Collection, key: string): string {
  return `${collection.name}\u0000${key}`;
}

/** The lock that stands for one value of a unique index. */
export function indexLock(collection: Collection, index: string, value: string): string {
  return `${collection.name}\u0000\u0000${index}\u0000${value}`;
}

/** Makes an empty set of transactions whose lives are measured by `timer`. */
export function newTransactions(timer: Timer): Transactions {
  const open = new Map<string, { readonly transaction: Transaction; readonly close: () => void }>();
  const owners = new Map<string, Transaction>();

  function end(transaction: Transaction): void {
    const entry = open.get(transaction.id);
    if (!entry) return;
    open.delete(transaction.id);
    for (const lock of transaction.locks) owners.delete(lock);
    entry.close();
  }

  function holder(locks: readonly string[], self?: Transaction): Transaction | undefined {
    for (const lock of locks) {
      const owner = owners.get(lock);
      if (owner && owner !== self) return owner;
    }
    return undefined;
  }

  return {
    end,
    holder,
    start() {
      let settle = (): void => undefined;
      const ended = new Promise<void>((resolve) => (settle = resolve));
      const transaction: Transaction = {
        id: randomUUID(),
        before: new Map(),
        writes: new Map(),
        locks: new Set(),
        ended,
      };
      const cancel = timer.schedule(LIFE_MS, () => end(transaction));
      open.set(transaction.id, {
        transaction,
        close: () => {
          cancel();
          settle();
        },
      });
      return transaction;
    },
    get(id) {
      const entry = open.get(id);
      if (entry) return entry.transaction;
      throw new CloudBaseError(
        'DATABASE_TRANSACTION_FAIL',
        '[ResourceUnavailable.TransactionNotExist] Transaction does not exist on the server, transaction must be commit or abort in 30 seconds. Please check your request.',
      );
    },
    lock(transaction, locks) {
      if (holder(locks, transaction) ?? locks.some((lock) => transaction.before.has(lock))) {
        end(transaction);
        throw new CloudBaseError(
          'DATABASE_TRANSACTION_CONFLICT',
          '[ResourceUnavailable.TransactionConflict] Transaction is conflict, maybe resource operated by others. Please check your request.',
        );
      }
      for (const lock of locks) {
        transaction.locks.add(lock);
        owners.set(lock, transaction);
      }
    },
    remember(lock, previous) {
      for (const { transaction } of open.values()) {
        if (!transaction.before.has(lock)) transaction.before.set(lock, previous);
      }
    },
  };
}
