import { errorText } from '../runtime/error-text';
import { StoreError } from './errors';

/** The fields of one document, or of one row. */
export type MerchantFields = Readonly<Record<string, unknown>>;

/** What a query compares a field with. */
export type Comparable = string | number | boolean;

/** A collection of the merchant's own data, and how one of its documents is read. */
export interface MerchantCollection<Item> {
  readonly name: string;
  readonly read: (fields: MerchantFields) => Item;
}

/**
 * Names a collection and how to read its documents. `read` validates a document and throws if it is
 * unusable; a zod schema's `parse` fits.
 */
export function collection<Item>(
  name: string,
  read: (fields: MerchantFields) => Item,
): MerchantCollection<Item> {
  return { name, read };
}

/** The most documents one look-up answers. */
export const MOST_PER_LOOKUP = 100;

/**
 * Look-ups in the merchant's own data, for `merchant/price.ts` and `merchant/fulfill.ts`; read
 * only.
 *
 * Cloud functions read collections of the environment's database. A server reads tables of the same
 * names in `merchant.db`, a SQLite file in its data folder, or with `MERCHANT_DATABASE_URL` in a
 * MySQL database of the merchant's own. The key is `_id` in all of them.
 *
 * Methods reject with `StoreError` when the data cannot be read, or when `read` throws; the hook
 * may rethrow it, and is called again. They reject with `TypeError` for a name or a limit that is
 * not allowed. Names starting with `wxpay_` are not allowed, because the format of our documents
 * changes between versions.
 */
export interface MerchantDb {
  /** The documents with these ids, at most 100, in the order of the ids; null for a missing one. */
  find<Item>(collection: MerchantCollection<Item>, ids: readonly string[]): Promise<readonly (Item | null)[]>;
  /**
   * Documents whose fields all have these values, at most `limit` (1 to 100), in the order of
   * `_id`.
   */
  query<Item>(
    collection: MerchantCollection<Item>,
    where: Readonly<Record<string, Comparable>>,
    limit?: number,
  ): Promise<readonly Item[]>;
}

/** An adapter for a `MerchantDb`, called with valid names and limits. Rejects with `StoreError`. */
export interface MerchantSource {
  /** The documents with any of these ids, which differ, in any order. */
  named(collection: string, ids: readonly string[]): Promise<readonly MerchantFields[]>;
  /** The first documents that match, in the order of `_id`. */
  matching(
    collection: string,
    where: Readonly<Record<string, Comparable>>,
    limit: number,
  ): Promise<readonly MerchantFields[]>;
}

const NAME = /^[A-Za-z][0-9A-Za-z_]{0,63}$/;
const NOT_THE_MERCHANTS = /^(wxpay|sqlite)_/i;
const FIELD = /^[A-Za-z_][0-9A-Za-z_]{0,63}$/;

/** The merchant's look-ups on an adapter. */
export function merchantDbOn(source: MerchantSource): MerchantDb {
  return {
    async find(from, ids) {
      checkName(from.name);
      checkLimit(ids.length, 0);
      const different = [...new Set(ids)];
      const found = different.length === 0 ? [] : await source.named(from.name, different);
      const byId = new Map(found.map((fields) => [fields['_id'], fields]));
      return ids.map((id) => {
        const fields = byId.get(id);
        return fields === undefined ? null : itemOf(from, fields);
      });
    },
    async query(from, where, limit = MOST_PER_LOOKUP) {
      checkName(from.name);
      checkLimit(limit, 1);
      for (const field of Object.keys(where)) {
        if (!FIELD.test(field)) throw new TypeError(`${JSON.stringify(field)} cannot be the name of a field`);
      }
      const found = await source.matching(from.name, where, limit);
      return found.map((fields) => itemOf(from, fields));
    },
  };
}

function checkName(name: string): void {
  if (!NAME.test(name) || NOT_THE_MERCHANTS.test(name)) {
    throw new TypeError(`${JSON.stringify(name)} cannot be the name of a collection of the merchant`);
  }
}

function checkLimit(limit: number, least: number): void {
  if (!Number.isInteger(limit) || limit < least || limit > MOST_PER_LOOKUP) {
    throw new TypeError(`a look-up answers ${least} to ${MOST_PER_LOOKUP} documents, not ${limit}`);
  }
}

function itemOf<Item>({ name, read }: MerchantCollection<Item>, fields: MerchantFields): Item {
  try {
    return read(fields);
  } catch (error) {
    const which = `document ${JSON.stringify(fields['_id'])} of ${name}`;
    throw new StoreError('invalid', `${which} is not what merchant/ expects: ${errorText(error)}`, {
      cause: error,
    });
  }
}
