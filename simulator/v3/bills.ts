import { createHash, randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { z } from 'zod';
import { isBeijingDay, startOf, daysLater, type BeijingDay } from '../../lib/values/day';
import { later, type Clock, type Instant } from '../../lib/values/instant';
import type { BillApi } from '../bill/bill-api';
import type { OrderBook } from '../order-book';
import type { RefundBook } from '../refund/refund-book';
import type { V3Call } from './call';
import { dashedDay } from './fields';
import type { AccountBook } from './account-book';
import { fundFlowBill } from './fund-flow';
import { badParameter, refusal, TAILS, type V3Outcome } from './outcome';

/** The dependencies of the bill APIs. */
export interface BillsV3Parts {
  readonly bills: BillApi;
  readonly orders: OrderBook;
  readonly refunds: RefundBook;
  readonly account: AccountBook;
  readonly clock: Clock;
}

/** The APIs of bills: two that ask for one, and one that hands out its file. */
export interface BillsV3 {
  readonly trade: (call: V3Call) => V3Outcome;
  readonly fundFlow: (call: V3Call) => V3Outcome;
  readonly file: (call: V3Call) => V3Outcome;
}

/** A file waiting to be fetched. */
interface Waiting {
  readonly signer: string;
  readonly bytes: Buffer;
  readonly until: Instant;
}

/** How long a download address is valid. */
const VALID_MS = 5 * 60_000;
/** The most files that wait. An older one is forgotten: a simulator is asked for few at a time. */
const MOST_WAITING = 50;
/** The fund-flow bill of a day is made at the same hours as the trade bill. */
const BEGUN_AFTER_MS = 9 * 3600_000;
const READY_AFTER_MS = 10 * 3600_000;

const gzip = z.literal('GZIP').optional();
const tradeSchema = z.object({
  bill_date: dashedDay,
  bill_type: z.enum(['ALL', 'SUCCESS', 'REFUND']).default('ALL'),
  tar_type: gzip,
  sub_mchid: z.string().optional(),
});
const fundSchema = z.object({
  bill_date: dashedDay,
  account_type: z.enum(['BASIC', 'OPERATION', 'FEES']).default('BASIC'),
  tar_type: gzip,
});

/** Creates the bill APIs. */
export function createBillsV3({ bills, orders, refunds, account, clock }: BillsV3Parts): BillsV3 {
  const waiting = new Map<string, Waiting>();

  /** The hash is of the bytes before compression. */
  function offered(call: V3Call, plain: Buffer, bytes: Buffer, zipped: boolean): V3Outcome {
    const token = randomBytes(24).toString('base64url');
    waiting.set(token, { signer: call.signer, bytes, until: later(clock.now(), VALID_MS) });
    const [oldest] = waiting.keys();
    if (waiting.size > MOST_WAITING && oldest !== undefined) waiting.delete(oldest);
    return {
      kind: 'json',
      fields: {
        hash_type: 'SHA1',
        hash_value: createHash('sha1').update(plain).digest('hex'),
        download_url: `${call.base}/v3/billdownload/file?token=${token}${zipped ? '&tartype=gzip' : ''}`,
      },
    };
  }

  return {
    trade(call) {
      const parsed = tradeSchema.safeParse(Object.fromEntries(call.query));
      if (!parsed.success) return badParameter(parsed.error, 'query');
      const { bill_date, bill_type, tar_type, sub_mchid } = parsed.data;
      const day = dayIn(bill_date);
      if (day === null) return BAD_DAY;
      const zipped = tar_type !== undefined;
      const bill = bills.offer({
        subMchId: call.mode === 'direct' ? call.collector : (sub_mchid ?? null),
        signer: call.signer,
        day,
        type: bill_type,
        gzip: zipped,
      });
      switch (bill.kind) {
        case 'file':
          return offered(call, bill.plain, bill.bytes, zipped);
        case 'creating':
          return CREATING;
        case 'none':
          return NO_STATEMENT;
      }
    },
    fundFlow(call) {
      const parsed = fundSchema.safeParse(Object.fromEntries(call.query));
      if (!parsed.success) return badParameter(parsed.error, 'query');
      const { bill_date, account_type, tar_type } = parsed.data;
      const day = dayIn(bill_date);
      if (day === null) return BAD_DAY;
      // A provider gets the bill of its own account, which no payment passes through.
      if (call.mode === 'partner' || account_type !== 'BASIC') return NO_STATEMENT;
      const sinceDayMs = clock.now() - startOf(daysLater(day, 1));
      if (sinceDayMs < BEGUN_AFTER_MS) return NO_STATEMENT;
      if (sinceDayMs < READY_AFTER_MS) return CREATING;
      const plain = fundFlowBill({ orders, refunds, account }, call.signer, day);
      if (plain === null) return NO_STATEMENT;
      const zipped = tar_type !== undefined;
      return offered(call, plain, zipped ? gzipSync(plain) : plain, zipped);
    },
    file(call) {
      const found = waiting.get(call.query.get('token') ?? '');
      if (found === undefined || found.until <= clock.now()) {
        return refusal(400, 'INVALID_REQUEST', '下载链接已失效，请重新获取');
      }
      if (found.signer !== call.signer) return refusal(403, 'NO_AUTH', '无权下载该账单');
      return { kind: 'file', bytes: found.bytes };
    },
  };
}

const NO_STATEMENT = refusal(400, 'NO_STATEMENT_EXIST', '账单文件不存在');
const CREATING = refusal(400, 'STATEMENT_CREATING', '账单生成中');
const BAD_DAY = refusal(400, 'PARAM_ERROR', '账单日期格式错误', TAILS.bad_parameter);

function dayIn(text: string): BeijingDay | null {
  const day = text.replaceAll('-', '');
  return isBeijingDay(day) && day < '9999' ? day : null;
}
