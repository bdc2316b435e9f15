import { z } from 'zod';
import type { Fen } from '../values/fen';
import { fen } from '../values/fen';
import { maskPayer } from '../values/ids';
import type { Instant } from '../values/instant';
import { zonedTime } from '../values/instant';
import { fenAmount, openId } from './fields';
import type { Role } from './roles';
import { ROLES } from './roles';

/** An operator as the parts of the program take them (`Operator`). */
export interface ConfiguredOperator {
  readonly name: string;
  readonly role: Role;
  readonly refundLimits?: { readonly single: Fen | null; readonly day: Fen | null };
  readonly openIds: readonly string[];
  readonly keys: readonly {
    readonly sha256: string;
    readonly from: Instant | null;
    readonly until: Instant | null;
  }[];
  readonly revoked: boolean;
}

/** Names that the program itself gives, so that no two people are recorded under one name. */
const RESERVED: ReadonlySet<string> = new Set([
  'operator',
  'reader',
  'merchant',
  'this machine',
  'wx_devtools',
  'retention',
]);

/**
 * True for a name that the configuration gave to one person: not one of the shared tokens, of
 * everybody on this machine, or the short form of an OPENID, which several people can have.
 */
export function isOwnName(name: string): boolean {
  return !RESERVED.has(name) && !name.includes('***');
}

const personName = z
  .string()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N}._-]{0,31}$/u, {
    error: 'must be 1 to 32 letters, digits, ".", "_" or "-", and begin with a letter or digit',
  })
  .refine((name) => !RESERVED.has(name), { error: 'must be another name: the program uses this one' });

const moment = z.string().refine((text) => zonedTime(text) !== null, {
  error: 'must be a time with its zone, such as "2026-03-01T00:00:00+08:00"',
});

const operatorKey = z
  .strictObject({
    /** The SHA-256 hash that `npm run ops -- token` prints. */
    sha256: z.string().regex(/^[0-9a-f]{64}$/, { error: 'must be 64 hexadecimal digits in lower case' }),
    /** The token is valid from here on. Null: at once. */
    from: moment.nullable().default(null),
    /** The token is valid until here. Null: until it is removed. */
    until: moment.nullable().default(null),
  })
  .refine(({ from, until }) => (at(from) ?? -Infinity) < (at(until) ?? Infinity), {
    error: 'must have its from before its until',
  });

/** A named operator without what proves it in a mini program. */
const operatorFields = {
  /** How the record names them. */
  name: personName,
  /**
   * `read` looks; `accountant` also exports, resolves discrepancies and signs, but moves no money;
   * `refund` looks and refunds; `act` does everything.
   */
  role: z.enum(ROLES),
  /** Their tokens. Two whose times overlap let one be replaced without a gap. */
  tokens: z.array(operatorKey).max(5).default([]),
  /** What they may refund, in fen, in addition to `refunds.limits`. Null: no limit of their own. */
  refund: z
    .strictObject({
      single: fenAmount.nullable().default(null),
      day: fenAmount.nullable().default(null),
    })
    .prefault({}),
  /** True: they are let in no more, and their sessions have ended. */
  revoked: z.boolean().default(false),
};

/** A named operator in config.json. */
export const namedOperator = z.strictObject({
  ...operatorFields,
  /** Their OPENIDs, by which the mini program knows them. */
  openIds: z.array(openId).max(10).default([]),
});

/**
 * An operator: a person with a name and a role, or only the OPENID of one who may do everything.
 */
export const writtenOperator = z.union([openId, namedOperator]);

const environmentList = z.array(z.strictObject(operatorFields)).max(100);

type NamedOperator = z.output<typeof namedOperator>;

/**
 * The operators of a list in the environment (`OPS_OPERATORS`, JSON as in config.json, without
 * OPENIDs); null when it cannot be read.
 */
export function operatorsIn(value: unknown): readonly ConfiguredOperator[] | null {
  const read = environmentList.safeParse(value);
  return read.success ? read.data.map((one) => operatorOf({ ...one, openIds: [] })) : null;
}

/** The operators of config.json; one that is only an OPENID is named by a part of it. */
export function operatorsOf(ops: {
  readonly operators: readonly (string | NamedOperator)[];
  readonly readers: readonly string[];
}): readonly ConfiguredOperator[] {
  const unnamed = (id: string, role: 'act' | 'read'): ConfiguredOperator => ({
    name: maskPayer(id),
    role,
    openIds: [id],
    keys: [],
    revoked: false,
  });
  return [
    ...ops.operators.map((one) => (typeof one === 'string' ? unnamed(one, 'act') : operatorOf(one))),
    ...ops.readers.map((id) => unnamed(id, 'read')),
  ];
}

function operatorOf({ name, role, openIds, tokens, refund, revoked }: NamedOperator): ConfiguredOperator {
  const { single, day } = refund;
  const limits = { single: single === null ? null : fen(single), day: day === null ? null : fen(day) };
  return {
    name,
    role,
    openIds,
    keys: tokens.map(({ sha256, from, until }) => ({ sha256, from: at(from), until: at(until) })),
    revoked,
    ...(single === null && day === null ? {} : { refundLimits: limits }),
  };
}

function at(moment: string | null): Instant | null {
  return moment === null ? null : zonedTime(moment);
}

/**
 * Why these operators contradict one another; none when they do not. A hash or an OPENID must name
 * one person, and so must a name. Two people whose OPENIDs look alike once masked share a name,
 * which only their short form does.
 */
export function operatorContradictions(people: readonly ConfiguredOperator[]): readonly string[] {
  const named = people.filter(({ name }) => !name.includes('***'));
  const namedIds = new Set(named.flatMap(({ openIds }) => openIds));
  const repeated = (what: string, all: readonly string[]): readonly string[] =>
    [...new Set(all.filter((one, n) => all.indexOf(one) !== n))].map(
      (one) => `ops.operators: ${what} ${one} belongs to two operators; must belong to one`,
    );
  const hashes = people.flatMap(({ keys }) => [...new Set(keys.map(({ sha256 }) => sha256))]);
  return [
    ...repeated(
      'the name',
      named.map(({ name }) => name),
    ),
    ...repeated('the token hash', hashes).map((one) => one.replace(/[0-9a-f]{56}(?= )/, '…')),
    ...repeated(
      'the OPENID',
      people.flatMap(({ openIds }) => [...new Set(openIds)]).filter((id) => namedIds.has(id)),
    ).map((one) => one.replace(/(?<=OPENID )\S+/, maskPayer)),
  ];
}
