import { z } from 'zod';
import { readFeeRate } from '../values/fee-rate';
import type { SubMchId } from '../values/ids';
import { isSubMchId } from '../values/ids';
import type { V3Party } from './v3-party';
import { collectorOf } from './v3-party';

/*
 * Which WeChat Pay a merchant speaks, as `merchants[]` in config.json says it. Inside the program a
 * merchant is the number that money is paid to; the rest of an entry only concerns its channel.
 */

/** The ways to call WeChat Pay. */
export const CHANNELS = ['cloudpay', 'v3', 'cloudrun'] as const;

/** One way to call WeChat Pay. */
export type ChannelName = (typeof CHANNELS)[number];

/** How one merchant reaches WeChat Pay. */
export type MerchantChannel =
  | { readonly kind: 'cloudpay' }
  | { readonly kind: 'cloudrun' }
  | { readonly kind: 'v3'; readonly party: V3Party };

/** One of our merchants. */
export interface MerchantSettings {
  /** The number that money is paid to. */
  readonly subMchId: SubMchId;
  readonly name: string;
  /** The rate agreed with WeChat Pay, as bills print it. Null: fees are not checked. */
  readonly feeRate: string | null;
  readonly channel: MerchantChannel;
}

const merchantNumber = z
  .string()
  .refine(isSubMchId, { error: 'must be a merchant number: 1 to 32 digits, as text' });

const appId = z.string().regex(/^wx[0-9A-Za-z]{4,30}$/, {
  error: 'must be the id of a mini program, such as "wx8888888888888888"',
});

const common = {
  name: z.string().max(64).default(''),
  /**
   * The rate agreed with WeChat Pay, as bills print it. Null leaves the fees of bills unchecked.
   */
  feeRate: z
    .string()
    .refine((text) => readFeeRate(text) !== null, {
      error: 'must be a rate such as "0.60%", with at most four decimals, or null',
    })
    .nullable()
    .default(null),
};

/** A merchant number bound to the cloud environment. */
const cloudpayEntry = z.strictObject({
  channel: z.literal('cloudpay').default('cloudpay'),
  subMchId: merchantNumber,
  ...common,
});

/** A merchant number bound to WeChat Cloud Run. */
const cloudrunEntry = z.strictObject({
  channel: z.literal('cloudrun'),
  subMchId: merchantNumber,
  ...common,
});

/** An own merchant number. */
const v3DirectEntry = z.strictObject({
  channel: z.literal('v3'),
  mchId: merchantNumber,
  /** The mini program in which people pay. */
  appId,
  ...common,
});

/** A merchant number under a service provider. The provider's keys sign. */
const v3PartnerEntry = z.strictObject({
  channel: z.literal('v3'),
  spMchId: merchantNumber,
  spAppId: appId,
  subMchId: merchantNumber,
  /** The mini program in which people pay. */
  subAppId: appId,
  ...common,
});

/** One entry of `merchants` in config.json. */
export const merchantEntry = z.union([cloudpayEntry, cloudrunEntry, v3DirectEntry, v3PartnerEntry]);

type WrittenMerchant = z.output<typeof merchantEntry>;

/** Your merchants, each paid to a number of its own. */
export const merchantEntries = z.tuple([merchantEntry], merchantEntry).superRefine((entries, context) => {
  const seen = new Set<SubMchId>();
  entries.forEach((entry, n) => {
    const { subMchId } = merchantOf(entry);
    if (seen.has(subMchId)) {
      context.addIssue({
        code: 'custom',
        path: [n],
        input: subMchId,
        message: 'must be paid to a number of its own: another merchant already has this one',
      });
    }
    seen.add(subMchId);
  });
});

/** A merchant as the program takes it. Pure. */
export function merchantOf(entry: WrittenMerchant): MerchantSettings {
  const { name, feeRate } = entry;
  switch (entry.channel) {
    case 'cloudpay':
    case 'cloudrun':
      return { subMchId: entry.subMchId, name, feeRate, channel: { kind: entry.channel } };
    case 'v3': {
      const party = partyOf(entry);
      return { subMchId: collectorOf(party), name, feeRate, channel: { kind: 'v3', party } };
    }
  }
}

function partyOf(entry: Extract<WrittenMerchant, { channel: 'v3' }>): V3Party {
  if ('mchId' in entry) return { mode: 'direct', mchId: entry.mchId, appId: entry.appId };
  const { spMchId, spAppId, subMchId, subAppId } = entry;
  return { mode: 'partner', spMchId, spAppId, subMchId, subAppId };
}

/**
 * What is wrong with an entry that is none of the four kinds: the problems of the kind that it
 * comes nearest to. `kinds` holds the problems of each. Empty when its channel fits none. Pure.
 */
export function nearestKind<Issue extends { readonly path: readonly PropertyKey[] }>(
  kinds: readonly (readonly Issue[])[],
): readonly Issue[] {
  const ofChannel = kinds.filter((issues) => issues.every(({ path }) => path[0] !== 'channel'));
  const [nearest] = [...ofChannel].sort((a, b) => a.length - b.length);
  return nearest ?? [];
}
