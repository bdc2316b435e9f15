import type { Clock } from '../../lib/values/instant';
import type { BillApi } from '../bill/bill-api';
import type { OrderBook } from '../order-book';
import { hex, type Random } from '../randomness';
import type { SimulatedRefund } from '../refund/refund';
import type { RefundBook } from '../refund/refund-book';
import type { RefundDesk } from '../refund/refund-desk';
import { z } from 'zod';
import { createAccountBook, type AccountBook } from './account-book';
import { createBillsV3 } from './bills';
import { IN_ORDER, type V3Conditions } from './conditions';
import { v3Faults, type V3FaultRequest } from './faults';
import { bytes, notifyUrl } from './fields';
import { createGateway } from './gateway';
import type { DeliverV3, V3Answer, V3Request } from './http';
import type { SimulatedKeys } from './keys';
import { createNoticesV3, echoNotice, type NoticesV3 } from './notices';
import { createOrdersV3 } from './orders';
import { badParameter, refusal, type V3Outcome } from './outcome';
import type { SimulatedParty } from './party';
import { rfc3339 } from './payment';
import { createRefundsV3 } from './refunds';
import type { V3Api } from './routes';
import { createSeal, encrypted, type Seal } from './seal';

/** Who uses the simulated API v3, with which keys, and where its notifications go. */
export interface SimulatorV3Parts {
  readonly parties: readonly SimulatedParty[];
  readonly keys: SimulatedKeys;
  readonly deliver: DeliverV3;
}

/** WeChat Pay's API v3, simulated over the same orders and refunds as its other channels. */
export interface SimulatorV3 {
  /**
   * Answers a request as API v3 does. Rejects with `SimulatorError`: `host_down` when that host
   * does not answer (nothing was sent), `answer_lost` when the connection broke.
   */
  handle(request: V3Request): Promise<V3Answer>;
  /** Makes future calls fail. Throws `SimulatorError` for an invalid request. */
  disturb(request: V3FaultRequest): void;
  /** Changes how it stands: its keys, its hosts, its clock. The rest stays as it is. */
  change(to: Partial<V3Conditions>): void;
  /** How it stands. */
  conditions(): V3Conditions;
  /** Whose calls it answers. */
  readonly parties: readonly SimulatedParty[];
  /** What moves accounts beside payments and refunds. */
  readonly account: Pick<AccountBook, 'withdraw' | 'steal'>;
}

/** The part of it that exists before the refund desk does. */
export interface V3Base {
  readonly conditions: () => V3Conditions;
  readonly change: SimulatorV3['change'];
  readonly seal: Seal;
  readonly notices: NoticesV3;
}

/** Creates what signs and delivers. */
export function openV3(
  { keys, deliver }: SimulatorV3Parts,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): V3Base {
  let conditions = IN_ORDER;
  const seal = createSeal({ keys, clock, random, conditions: () => conditions });
  return {
    conditions: () => conditions,
    change(to) {
      conditions = { ...conditions, ...to };
    },
    seal,
    notices: createNoticesV3({ keys, seal, deliver }),
  };
}

/** Creates the simulated API v3 over these books. */
export function createSimulatorV3(
  { parties, keys }: SimulatorV3Parts,
  base: V3Base,
  books: {
    readonly orders: OrderBook;
    readonly refunds: RefundBook;
    readonly desk: RefundDesk;
    readonly bills: BillApi;
    readonly clock: Clock;
    readonly random: Random;
    /** Resolves once each of a refund's notifications was sent for the first time. */
    readonly whenNotified: (refund: SimulatedRefund) => Promise<void>;
  },
): SimulatorV3 {
  const faults = v3Faults();
  const orders = createOrdersV3(books);
  const refunds = createRefundsV3({
    ...books,
    keys,
    listed: () => base.seal.listed().map(({ serial }) => serial),
  });
  const account = createAccountBook(books.clock);
  const bills = createBillsV3({ ...books, account });
  const handle = createGateway({
    apis: {
      ...orders,
      refund: refunds.refund,
      queryRefund: refunds.query,
      applyAbnormal: refunds.applyAbnormal,
      ...bills,
      certificates: () => certificates(keys, base.seal, books.random),
      echo: echo(base.notices, books),
    },
    parties,
    keys,
    seal: base.seal,
    faults,
    conditions: base.conditions,
    random: books.random,
  });
  return {
    handle,
    disturb: (request) => {
      faults.put(request);
    },
    change: base.change,
    conditions: base.conditions,
    parties,
    account,
  };
}

/** `/v3/certificates`: what a merchant in public-key mode gets is an error. */
function certificates(keys: SimulatedKeys, seal: Seal, random: Random): V3Outcome {
  const listed = seal.listed();
  if (listed.length === 0) {
    return refusal(404, 'RESOURCE_NOT_EXISTS', '无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥');
  }
  const data = listed.map(({ serial, pem, effectiveAt, expiresAt }) => ({
    serial_no: serial,
    effective_time: rfc3339(effectiveAt),
    expire_time: rfc3339(expiresAt),
    encrypt_certificate: encrypted(pem, keys.apiV3Key, hex(random, 12), 'certificate'),
  }));
  return { kind: 'json', fields: { data } };
}

const echoSchema = z.strictObject({
  echo_message: bytes(1024),
  notify_url: notifyUrl(256).optional(),
  encrypted_echo_message: z.string().min(1).max(4096).optional(),
});

/**
 * `/v3/security/echo`: answers what was sent and, with an address, notifies it once. Its page is
 * for providers only; a merchant with its own number is refused.
 */
function echo(
  notices: NoticesV3,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): V3Api {
  return (call) => {
    if (call.mode === 'direct') return refusal(403, 'NO_AUTH', '商户号该产品权限未开通');
    const parsed = echoSchema.safeParse(call.body);
    if (!parsed.success) return badParameter(parsed.error, 'body');
    const { echo_message, notify_url } = parsed.data;
    if (notify_url !== undefined) {
      const content = echoNotice(notify_url, echo_message, clock.now(), hex(random, 32));
      // One try, and nobody waits for it: an echo is a test, not a fact.
      notices.deliver(content, false).catch(() => false);
    }
    return { kind: 'json', fields: { echo_message } };
  };
}
