import { parseJson } from '../../../values/json';
import { z } from 'zod';
import type { Promotion } from '../../../model/facts';
import { PROMOTION_SCOPES, PROMOTION_TYPES } from '../../../model/facts';
import { ACTORS, isInboxKey, LINE_PATHS, SOURCES } from '../../../model/message';
import type { HistoryLine, InboxKey } from '../../../model/message';
import type { Unreadable } from '../../../model/unreadable';
import type { Fen } from '../../../values/fen';
import { isFen } from '../../../values/fen';
import type { BeijingDay } from '../../../values/day';
import { isBeijingDay } from '../../../values/day';
import type { OutRefundNo, OutTradeNo, SubMchId, TransactionId } from '../../../values/ids';
import { isOutRefundNo, isOutTradeNo, isSubMchId, isTransactionId } from '../../../values/ids';
import type { Instant } from '../../../values/instant';
import { isInstant } from '../../../values/instant';
import type { Json } from '../../../values/json';
import { StoreError } from '../../errors';
import type { LeaseToken } from '../../../model/lease';
import { isLeaseToken } from '../../../model/lease';
import type { Fields } from './database';
import type { CollectionName } from '../schema';

/*
 * Data from a database is unknown: another version of this service, a console or an import may have
 * written it. Every document is read through a schema before the domain sees it. These are the
 * parts shared by the schemas of all collections.
 */

/**
 * Receives a problem with which no method rejects: a document that does not fit, or a failed write
 * of a batch.
 */
export type Report = (problem: StoreError) => void;

/** A stored instant: milliseconds. */
export const instantField = z.custom<Instant>(isInstant);
/** A stored amount: fen. */
export const fenField = z.custom<Fen>(isFen);
/** A stored promotion of a payment. */
export const promotionField: z.ZodType<Promotion> = z.object({
  id: z.string(),
  name: z.string().nullable(),
  scope: z.enum(PROMOTION_SCOPES).nullable(),
  type: z.enum(PROMOTION_TYPES).nullable(),
  amount: fenField,
  borneBy: z.object({
    wechat: fenField.nullable(),
    merchant: fenField.nullable(),
    other: fenField.nullable(),
  }),
});
/** A stored count. */
export const countField = z.int().nonnegative();
/** A stored order number. */
export const outTradeNoField = z.custom<OutTradeNo>(isOutTradeNo);
/** A stored WeChat Pay transaction ID. */
export const transactionIdField = z.custom<TransactionId>(isTransactionId);
/** A stored refund number. */
export const outRefundNoField = z.custom<OutRefundNo>(isOutRefundNo);
/** A stored day. */
export const dayField = z.custom<BeijingDay>(isBeijingDay);
/** A stored merchant number. */
export const subMchIdField = z.custom<SubMchId>(isSubMchId);
/** A stored inbox key. */
export const inboxKeyField = z.custom<InboxKey>(isInboxKey);
/** A stored lease token. The end of the lease is the field beside it, 0 without a lease. */
export const leaseTokenField = z.custom<LeaseToken>(isLeaseToken).nullable();

/** Nothing more to ask for when every kind is read; otherwise what no schema has. */
type Read<Written, Kinds> = [Written] extends [Kinds]
  ? unknown
  : { readonly unread: Exclude<Written, Kinds> };

/**
 * A schema that reads every kind of a union: one that misses a kind does not compile, because what
 * is written and cannot be read would take its document out of every list.
 * `readsAll<Content, 'kind'>()(z.discriminatedUnion('kind', […]))`.
 */
export function readsAll<Union extends Readonly<Record<Tag, string>>, Tag extends string>() {
  return <Schema extends z.ZodType<Union>>(
    schema: Schema & Read<Union[Tag], (Union & z.output<Schema>)[Tag]>,
  ): z.ZodType<Union> => schema;
}

/** A stored source. */
export const pathField = z.enum(SOURCES);

/** A stored history. */
export const historyField: z.ZodType<readonly HistoryLine[]> = z.array(
  z.object({
    at: instantField,
    event: z.string(),
    path: z.enum(LINE_PATHS),
    actor: z.enum(ACTORS).exactOptional(),
    evidence: z.string().nullable(),
  }),
);

/**
 * A JSON value stored as text. The merchant's cart and both sides of a discrepancy may have keys
 * with dots or a leading `$`, which the database interprets, and objects such as `{type: "Point",
 * …}`, which the SDK converts. Text is safe from both.
 */
export const jsonTextField = z.string().transform((text, context): Json => {
  const value = z.json().safeParse(parseJson(text));
  if (value.success) return value.data;
  context.addIssue({ code: 'custom', message: 'not JSON' });
  return z.NEVER;
});

/** The fields a schema needs, so that a query selects no others. */
export function fieldsOf(schema: z.ZodObject): Readonly<Record<string, true>> {
  return Object.fromEntries(Object.keys(schema.shape).map((name) => [name, true as const]));
}

/**
 * Reads one document. Throws `StoreError` `invalid` with the names of the document and its bad
 * fields, never a value.
 */
export function readDocument<T>(schema: z.ZodType<T>, name: CollectionName, document: Fields): T {
  const reading = schema.safeParse(document);
  if (reading.success) return reading.data;
  const fields = [...new Set(reading.error.issues.map((issue) => issue.path.join('.') || 'the whole'))];
  throw new StoreError(
    'invalid',
    `The document ${nameOf(document)} of ${name} does not fit this version (${fields.join(', ')}); fix it in the console.`,
  );
}

/**
 * Reads each document by itself: those that fit are returned, the others are reported.
 *
 * Failure policy: fail open. One unreadable document must not block the others of its page or
 * batch.
 */
export function readEach<T>(
  documents: readonly Fields[],
  read: (document: Fields) => T,
  report: Report,
): readonly T[] {
  return documents.flatMap((document) => {
    try {
      return [read(document)];
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      report(error);
      return [];
    }
  });
}

/** Reads each document by itself; those that do not fit are returned as they are stored. */
export function readApart<T>(
  documents: readonly Fields[],
  read: (document: Fields) => T,
  report: Report,
): { readonly items: readonly T[]; readonly unreadable: readonly Unreadable[] } {
  const unreadable: Unreadable[] = [];
  const items = documents.flatMap((document) =>
    readEach([document], read, (problem) => {
      report(problem);
      const name = document['_id'];
      if (typeof name !== 'string') return;
      unreadable.push({ name, problem: problem.message, raw: JSON.stringify(document) });
    }),
  );
  return { items, unreadable };
}

function nameOf(document: Fields): string {
  const id = document['_id'];
  return typeof id === 'string' && id.length <= 200 ? `"${id}"` : 'with an odd _id';
}
