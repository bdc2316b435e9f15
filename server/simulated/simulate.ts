import { z } from 'zod';
import { isBeijingDay } from '../../lib/values/day';
import { isPayableFen } from '../../lib/values/fen';
import { isOutRefundNo, isOutTradeNo, isSubMchId } from '../../lib/values/ids';
import { isRecord } from '../../lib/values/json';
import { plantRequestSchema } from '../../simulator/bill/plant';
import { refundScriptSchema } from '../../simulator/refund/script';
import { SimulatorError } from '../../simulator/simulator-error';
import { HOST_STATES, KEY_STAGES, type V3Conditions } from '../../simulator/v3/conditions';
import type { SimulatedSystem } from '../compose';
import type { Answer } from '../door/http';
import { json, problem } from '../door/http';

/*
 * What the merchant platform and WeChat Pay itself do, on request: `/simulator/...`. The payer's
 * part is in `demo.ts`.
 */

/** Answers a request under `/simulator` that changes something; null for an unknown name. */
export function simulate(system: SimulatedSystem, name: string, request: unknown): Answer | null {
  const { simulator } = system;
  switch (name) {
    case 'refund-in-back-office':
      return attempted(request, readBackOffice, (refund) => simulator.refundInBackOffice(refund));
    case 'resolve-refund':
      return attempted(request, readResolution, ({ outRefundNo, as }) =>
        simulator.resolveRefund(outRefundNo, as),
      );
    case 'script-refund':
      return attempted(request, readRefundScript, ({ outRefundNo, what }) => {
        simulator.scriptRefund(outRefundNo, what);
        return {};
      });
    case 'api-v3':
      return attempted(request, readConditions, (to) => {
        simulator.v3?.change(to);
        return { conditions: simulator.v3?.conditions() ?? null };
      });
    case 'plant':
      return attempted(request, readPlant, (plant) => simulator.plant(plant));
    default:
      return null;
  }
}

/**
 * The bill of a day as the simulator would send it now, planted errors included:
 * `/simulator/bill/<subMchId>-<yyyyMMdd>`.
 */
export function simulatedBill(system: SimulatedSystem, name: string): Answer {
  const [subMchId, day] = name.split('-');
  if (!isSubMchId(subMchId) || !isBeijingDay(day)) {
    return problem(400, 'BAD_INPUT', 'ask for /simulator/bill/<merchant number>-<yyyyMMdd>');
  }
  const bill = system.simulator.previewBill({ subMchId, day, type: 'ALL', gzip: false });
  if (bill === null) return problem(404, 'NO_BILL', 'there were no trades on that day');
  return { status: 200, type: 'text/csv; charset=utf-8', body: bill.toString('utf8') };
}

function attempted<Command>(
  given: unknown,
  read: (given: unknown) => Command | null,
  act: (command: Command) => object,
): Answer {
  const command = read(given);
  if (command === null) return problem(400, 'BAD_INPUT', 'a parameter is missing or has the wrong type');
  try {
    return json(200, { ok: true, ...act(command) });
  } catch (error) {
    if (error instanceof SimulatorError) return problem(409, error.code, error.message);
    throw error;
  }
}

function readBackOffice(given: unknown) {
  if (!isRecord(given) || !isOutTradeNo(given['outTradeNo'])) return null;
  const { outTradeNo, refundFee, callback } = given;
  if (refundFee !== undefined && !isPayableFen(refundFee)) return null;
  if (callback !== undefined && callback !== 'refundCallback' && callback !== 'payCallback') return null;
  return { outTradeNo, refundFee, callback };
}

function readResolution(given: unknown) {
  if (!isRecord(given) || !isOutRefundNo(given['outRefundNo'])) return null;
  const { outRefundNo, as } = given;
  if (as !== 'SUCCESS' && as !== 'REFUNDCLOSE') return null;
  const resolution: { readonly outRefundNo: string; readonly as: 'SUCCESS' | 'REFUNDCLOSE' } = {
    outRefundNo,
    as,
  };
  return resolution;
}

function readRefundScript(given: unknown) {
  if (!isRecord(given)) return null;
  const { outRefundNo = null, script } = given;
  const reading = refundScriptSchema.safeParse(script);
  if (!reading.success || (outRefundNo !== null && !isOutRefundNo(outRefundNo))) return null;
  return { outRefundNo, what: reading.data };
}

function readPlant(given: unknown) {
  const reading = plantRequestSchema.safeParse(given);
  return reading.success ? reading.data : null;
}

/** A clock that is wrong by more than ten years is a typing error. */
const MOST_CLOCK_S = 10 * 365 * 24 * 3600;

/** How API v3 shall stand from now on; what is not named stays. */
const conditionsSchema = z.strictObject({
  keys: z.enum(KEY_STAGES).optional(),
  hosts: z.enum(HOST_STATES).optional(),
  clockAheadSeconds: z.int().min(-MOST_CLOCK_S).max(MOST_CLOCK_S).optional(),
});

function readConditions(given: unknown): Partial<V3Conditions> | null {
  const reading = conditionsSchema.safeParse(given);
  if (!reading.success) return null;
  const { keys, hosts, clockAheadSeconds } = reading.data;
  return {
    ...(keys === undefined ? {} : { keys }),
    ...(hosts === undefined ? {} : { hosts }),
    ...(clockAheadSeconds === undefined ? {} : { clockAheadSeconds }),
  };
}
