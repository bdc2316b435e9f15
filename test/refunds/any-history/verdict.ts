import type { Order } from '../../../lib/model/order';
import type { Refund, RefundState } from '../../../lib/model/refund';
import { paidFor, reservationOf } from '../../../lib/rules/refunds/reservation';
import type { PayApiName, PayApiRequest } from '../../../lib/wechat/cloudpay/transport';
import type { Store } from '../../../lib/store/port';
import { isOutRefundNo, isOutTradeNo } from '../../../lib/values/ids';
import type { Simulator } from '../../../simulator/simulator';
import type { SimulatedRefund, SimulatedRefundState } from '../../../simulator/refund/refund';
import type { Told } from './plays';
import { nameOf } from './plays';
import type { World } from './world';

/** WeChat Pay's words for how a refund stands, in ours. */
const OURS: Readonly<Record<SimulatedRefundState, RefundState>> = {
  PROCESSING: 'processing',
  SUCCESS: 'succeeded',
  REFUNDCLOSE: 'closed',
  CHANGE: 'abnormal',
};

/**
 * Checks every refund request that reaches WeChat Pay, and lists those that should never have been
 * made.
 */
export interface Watch {
  readonly faults: readonly string[];
  readonly see: (apiName: PayApiName, request: PayApiRequest) => Promise<void>;
}

/**
 * A refund may be requested when it is stored here, with its first requested amount, and when its
 * money is reserved on the order at the moment the request arrives, however long it was in flight.
 * Reservations never exceed what was paid (`promisedTooMuch`), so WeChat Pay can never refund more
 * than that, whether or not it would decline. A request for a refund that WeChat Pay knows has no
 * effect.
 */
export function watchOver(parts: () => { readonly books: Store; readonly simulator: Simulator }): Watch {
  const faults: string[] = [];
  return {
    faults,
    see: async (apiName, request) => {
      if (apiName !== 'refund') return;
      const { out_refund_no: number, refund_fee: amount } = request;
      if (!isOutRefundNo(number) || typeof amount !== 'number') {
        faults.push(`a refund was requested like this: ${JSON.stringify(request)}`);
        return;
      }
      const { books, simulator } = parts();
      const [refund] = await books.refunds.find([number]);
      if (refund === undefined) {
        faults.push(`${number} was requested before it was written down`);
        return;
      }
      const { outTradeNo, transactionId } = refund;
      const isNamed =
        transactionId === null
          ? request['out_trade_no'] === outTradeNo
          : request['transaction_id'] === transactionId && !('out_trade_no' in request);
      if (refund.amount !== amount || !isNamed) {
        faults.push(`${number} was requested otherwise than it was written down`);
      }
      if (simulator.refunds().some(({ asked }) => asked.outRefundNo === number)) return;
      const [order] = await books.orders.find([outTradeNo]);
      if (order === undefined || reservationOf(order, number)?.amount !== amount) {
        faults.push(
          `${number} reached WeChat Pay for the first time when its money was not set aside any more`,
        );
      }
    },
  };
}

/** What is promised to refunds is never more than was paid, as our books have it. */
export async function promisedTooMuch({ books }: World, { orders }: Told): Promise<readonly string[]> {
  const found = await books.orders.find(orders);
  return found.flatMap((order) =>
    sumOf(order.refunds) > paidFor(order)
      ? [`${sumOf(order.refunds)} fen are promised of ${paidFor(order)} paid for ${order.outTradeNo}`]
      : [],
  );
}

/**
 * What is wrong in the end, when WeChat Pay has delivered everything and everybody has finished.
 * `late`: WeChat Pay may know more than it has delivered.
 */
export async function wrongInTheEnd(world: World, told: Told): Promise<readonly string[]> {
  const { books, simulator } = world;
  const wrong: string[] = [];
  const refunds: Refund[] = [];
  for (const order of await books.orders.find(told.orders)) {
    const ofOrder = await books.refunds.ofOrder(order.outTradeNo);
    refunds.push(...ofOrder);
    wrong.push(...wrongWithOrder(order, ofOrder, simulator), ...tooMany(order, ofOrder, told, simulator));
  }
  const ours = new Map<string, Refund>(refunds.map((one) => [one.outRefundNo, one]));
  for (const refund of simulator.refunds()) {
    wrong.push(...wrongWithRefund(refund, ours.get(refund.asked.outRefundNo)));
    const { requestedIn, outTradeNo, outRefundNo } = refund.asked;
    if (requestedIn === 'API' || refund.state === 'REFUNDCLOSE' || !isOutTradeNo(outTradeNo)) continue;
    const named = (await books.discrepancies.ofOrder(outTradeNo)).some(
      ({ class: of, subject }) =>
        of === 'refund_missing_here' && subject.kind === 'refund' && subject.outRefundNo === outRefundNo,
    );
    if (!named) wrong.push(`${outRefundNo} was made in the merchant platform, and nobody is told`);
  }
  const theirs = new Set(simulator.refunds().map(({ asked }) => asked.outRefundNo));
  for (const { outRefundNo, progress } of refunds) {
    if (progress.state !== 'closed' && !theirs.has(outRefundNo)) {
      wrong.push(`${outRefundNo} is ${progress.state} here, and WeChat Pay has no such refund`);
    }
  }
  for (const { outRefundNo, history } of refunds) {
    const declined = history.some(({ event, path }) => event === 'refund_closed' && path === 'refund');
    if (declined && theirs.has(outRefundNo))
      wrong.push(`${outRefundNo} was closed as declined, and WeChat Pay took it`);
  }
  for (const number of told.promised.keys()) {
    if (!ours.has(number)) wrong.push(`${number} was promised, and is not here`);
  }
  return wrong;
}

function wrongWithRefund({ asked, state }: SimulatedRefund, ours: Refund | undefined): readonly string[] {
  const { outRefundNo, refundFee, requestedIn } = asked;
  if (ours === undefined) {
    // It moved no money, and nobody here wanted it.
    if (requestedIn === 'VENDOR_PLATFORM' && state === 'REFUNDCLOSE') return [];
    return [`${outRefundNo} is ${state} at WeChat Pay, and is not here`];
  }
  const wrong: string[] = [];
  if (ours.progress.state !== OURS[state]) {
    wrong.push(`${outRefundNo} is ${state} at WeChat Pay and ${ours.progress.state} here`);
  }
  if (ours.amount !== refundFee) wrong.push(`${outRefundNo} is ${refundFee} fen there, ${ours.amount} here`);
  return wrong;
}

function wrongWithOrder(order: Order, refunds: readonly Refund[], simulator: Simulator): readonly string[] {
  const { outTradeNo } = order;
  const wrong: string[] = [];
  const payment = simulator.describe(outTradeNo)?.order.payment ?? null;
  if (paidFor(order) !== (payment?.totalFee ?? 0)) {
    wrong.push(`${payment?.totalFee ?? 0} fen were paid for ${outTradeNo}, ${paidFor(order)} by our books`);
  }
  const open = refunds.filter(({ progress }) => progress.state !== 'closed');
  const promised = order.refunds.map(({ outRefundNo, amount }) => `${outRefundNo}: ${amount}`).sort();
  const due = open.map(({ outRefundNo, amount }) => `${outRefundNo}: ${amount}`).sort();
  if (promised.join() !== due.join()) {
    wrong.push(`of ${outTradeNo} is promised ${promised.join()}, and wanted ${due.join()}`);
  }
  if (sumOf(open) > paidFor(order)) wrong.push(`more goes back than was paid for ${outTradeNo}`);
  return wrong;
}

/**
 * One request is one refund, however often it is repeated. A closed refund of everything left may
 * be requested again, under the next number.
 */
function tooMany(
  { outTradeNo }: Order,
  refunds: readonly Refund[],
  told: Told,
  simulator: Simulator,
): readonly string[] {
  const calls = [...told.calls.values()].filter(({ order }) => told.orders[order] === outTradeNo);
  const names = new Set(calls.map(nameOf)).size;
  const asked = simulator
    .refunds()
    .filter((one) => one.asked.outTradeNo === outTradeNo && one.asked.requestedIn === 'API');
  const closed = refunds.filter(({ progress }) => progress.state === 'closed').length;
  const byPolicy = refunds.filter(({ origin }) => origin === 'policy').length;
  return asked.length > names + closed + byPolicy
    ? [`${asked.length} refunds of ${outTradeNo} came of ${names} calls`]
    : [];
}

function sumOf(all: readonly { readonly amount: number }[]): number {
  return all.reduce((total, { amount }) => total + amount, 0);
}
