import type { Bulk, BulkItem } from '../model/operators/bulk';
import { isBulk, isBulkItem } from '../model/operators/bulk';
import type { SharedState } from '../runtime/shared-state';
import type { Clock, Instant } from '../values/instant';
import { later } from '../values/instant';
import { isJson, parseJson } from '../values/json';
import { StoreError } from './errors';

/** What reading and writing bulk actions needs. */
export interface BulkStoreDeps {
  readonly store: { readonly shared: SharedState };
  readonly clock: Clock;
}

/** Items of one stored value: 200 of the longest names fit into 64 KiB. */
export const BULK_CHUNK = 200;

/** How long a bulk action and its outcomes are kept, in ms. The audit log keeps each item's. */
const KEPT_MS = 31 * 86_400_000;

/** A value as it was read, and the version that a writer must name. */
export interface Stored<Value> {
  readonly value: Value;
  readonly version: number;
}

/** A bulk action; null when there is none. CloudBase: 1 request. Rejects with a `StoreError`. */
export async function readBulk(deps: BulkStoreDeps, id: string): Promise<Stored<Bulk> | null> {
  return read(deps, `bulk:${id}`, isBulk);
}

/**
 * Stores a bulk action over the version that was read; null: a new one. False when another writer
 * was first. CloudBase: 1 request, 2 for a new one. Rejects with a `StoreError`.
 */
export function writeBulk(deps: BulkStoreDeps, bulk: Bulk, version: number | null): Promise<boolean> {
  return write(deps, `bulk:${bulk.id}`, bulk, version);
}

/** How many parts the items of a bulk action are stored in. */
export function chunksOf({ items }: Pick<Bulk, 'items'>): number {
  return Math.ceil(items / BULK_CHUNK);
}

/** The `n`th part of the items stored under a name, from 0; null when there is none. */
export async function readItems(
  deps: BulkStoreDeps,
  itemsOf: string,
  n: number,
): Promise<Stored<readonly BulkItem[]> | null> {
  return read(deps, `bulk_items:${itemsOf}:${String(n)}`, areItems);
}

/** Stores a part of the items. As `writeBulk`. */
export function writeItems(
  deps: BulkStoreDeps,
  itemsOf: string,
  n: number,
  items: readonly BulkItem[],
  version: number | null,
): Promise<boolean> {
  return write(deps, `bulk_items:${itemsOf}:${String(n)}`, items, version);
}

function areItems(value: unknown): value is readonly BulkItem[] {
  return Array.isArray(value) && value.every(isBulkItem);
}

/** Failure policy: fail closed. What cannot be read is not acted on. */
async function read<Value>(
  { store, clock }: BulkStoreDeps,
  key: string,
  isValue: (value: unknown) => value is Value,
): Promise<Stored<Value> | null> {
  const entry = await store.shared.read(key, clock.now());
  if (entry === null) return null;
  const value: unknown = entry.value;
  if (!isValue(value))
    throw new StoreError('invalid', `${key} cannot be read: cancel it and start a new one`);
  return { value, version: entry.version };
}

async function write(
  { store, clock }: BulkStoreDeps,
  key: string,
  document: unknown,
  version: number | null,
): Promise<boolean> {
  const value = parseJson(JSON.stringify(document));
  if (!isJson(value)) throw new TypeError('a bulk action is JSON');
  const now: Instant = clock.now();
  return store.shared.write({ key, version, value, expiresAt: later(now, KEPT_MS), now });
}
