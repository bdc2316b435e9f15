import { dayOf, startOf, type BeijingDay } from '../../lib/values/day';
import { formatBeijing, instant, later, type Instant } from '../../lib/values/instant';
import type { Journal } from '../journal';
import type { SimulatedPayment } from '../order';
import type { OrderBook } from '../order-book';
import { digits, type Random } from '../randomness';
import type { RefundBook } from '../refund/refund-book';
import { SimulatorError } from '../simulator-error';
import { plantRequestSchema, type Plant, type PlantRequest } from './plant';

/** The errors planted in bills, stored in the journal. */
export interface PlantBook {
  /** Plants an error. Throws `SimulatorError` when there is nothing to plant it on. */
  plant(request: PlantRequest): Plant;
  /** The errors still to appear in a merchant's day, oldest first; null: every merchant's. */
  of(subMchId: string | null, day: BeijingDay): readonly Plant[];
  /** Records that a bill contained it. */
  markUsed(plant: Plant): void;
  /** Every planted error. */
  all(): readonly Plant[];
}

/** The dependencies of a plant book. */
export interface PlantBookParts {
  readonly journal: Journal;
  readonly orders: OrderBook;
  readonly refunds: RefundBook;
  readonly random: Random;
}

/** Opens the book from the journal. */
export function openPlantBook({ journal, orders, refunds, random }: PlantBookParts): PlantBook {
  const plants = new Map<number, Plant>();
  for (const entry of journal.read()) if (entry.kind === 'plant') plants.set(entry.plant.id, entry.plant);

  function put(plant: Plant): void {
    journal.append({ kind: 'plant', plant });
    plants.set(plant.id, plant);
  }

  function paid(outTradeNo: string): { readonly subMchId: string; readonly payment: SimulatedPayment } {
    const order = orders.find(outTradeNo);
    if (order === null) throw new SimulatorError('no_such_order', `no order ${outTradeNo}`);
    const { payment } = order;
    if (payment === null) {
      throw new SimulatorError('not_paid', `order ${outTradeNo} is not paid, so no bill contains it`);
    }
    return { subMchId: order.asked.subMchId, payment };
  }

  /** The merchant and day of the bill, and the time of an invented row. */
  function placeOf(request: PlantRequest): { subMchId: string; day: BeijingDay; at: Instant } {
    if ('day' in request) {
      return { subMchId: request.subMchId, day: request.day, at: later(startOf(request.day), NOON_MS) };
    }
    if ('outTradeNo' in request) {
      const { subMchId, payment } = paid(request.outTradeNo);
      return { subMchId, day: dayOf(payment.paidAt), at: soonAfter(payment.paidAt) };
    }
    const refund = refunds.find(request.outRefundNo);
    if (refund === null) throw new SimulatorError('no_such_refund', `no refund ${request.outRefundNo}`);
    const { acceptedAt } = refund;
    return { subMchId: refund.asked.subMchId, day: dayOf(acceptedAt), at: acceptedAt };
  }

  return {
    plant(asked) {
      const parsed = plantRequestSchema.safeParse(asked);
      if (!parsed.success) {
        const [issue] = parsed.error.issues;
        throw new SimulatorError('bad_plant', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
      }
      const request = parsed.data;
      const { subMchId, day, at } = placeOf(request);
      const stamp = `${digits(random, 6)}${formatBeijing(at, 'YYYYMMDD')}${digits(random, 10)}`;
      const plant: Plant = {
        id: plants.size + 1,
        subMchId,
        day,
        request,
        timesLeft: request.times ?? null,
        madeUp: { transactionId: `4200${stamp}`, refundId: `50300${stamp}`, at },
      };
      put(plant);
      return plant;
    },
    of: (subMchId, day) =>
      [...plants.values()].filter(
        (plant) =>
          plant.day === day && (subMchId === null || plant.subMchId === subMchId) && plant.timesLeft !== 0,
      ),
    markUsed(plant) {
      if (plant.timesLeft !== null) put({ ...plant, timesLeft: plant.timesLeft - 1 });
    },
    all: () => [...plants.values()],
  };
}

const NOON_MS = 12 * 3600_000;

/** A minute later, but on the same day. */
function soonAfter(at: Instant): Instant {
  const end = later(startOf(dayOf(at)), 24 * 3600_000 - 1000);
  return instant(Math.min(later(at, 60_000), Math.max(at, end)));
}
