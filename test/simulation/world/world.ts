import type { Ports, WorkerHandler } from '../../../lib/hosting/ports';
import type { FunctionHandler } from '../../../lib/hosting/ports';
import type { FulfilmentKey, OutTradeNo } from '../../../lib/values/ids';
import type { Simulator } from '../../../simulator/simulator';
import type { Platform } from '../cloudbase/platform';
import type { ModelState } from '../model/state';
import type { Plan } from '../plan/plan';
import type { Random } from '../random';
import type { Group, Scheduler } from '../scheduler';
import type { Sightings } from './sightings';

/** The workers, by the names of their folders. */
export type WorkerName =
  | 'processInbox'
  | 'fulfillOrders'
  | 'reconcileOrders'
  | 'followRefunds'
  | 'reconcileStatement'
  | 'retain'
  | 'watchdog';

/** The functions, by the names of their folders. */
export type FunctionName =
  'payCallback' | 'refundCallback' | 'createOrder' | 'queryOrder' | 'closeOrder' | 'refundOrder' | 'ops';

/** One life of a machine that serves functions and runs workers: from its start to its death. */
export interface Machine {
  readonly index: number;
  readonly group: Group;
  readonly ports: Ports;
  readonly functions: Readonly<Record<FunctionName, FunctionHandler>>;
  readonly workers: Readonly<Record<WorkerName, WorkerHandler>>;
}

/** What the merchant's hook has done. */
export interface Deliveries {
  /**
   * How often the merchant was called with each key, and how often it sent a parcel: one per key.
   */
  readonly calls: Map<OutTradeNo, number>;
  readonly parcels: Map<FulfilmentKey, OutTradeNo>;
}

/** Everything there is in a history. */
export interface World {
  readonly plan: Plan;
  readonly scheduler: Scheduler;
  readonly random: Random;
  /** The database: it outlives every machine. */
  readonly state: ModelState;
  /** What the database runs on; null: the model. */
  readonly platform: Platform | null;
  /** Workers are run as cloud functions run them. */
  readonly isInCloud: boolean;
  readonly files: Map<string, Uint8Array>;
  readonly wechat: Simulator;
  readonly deliveries: Deliveries;
  /** The orders of which WeChat Pay said, when it was asked, that they are paid. */
  readonly saidPaid: Set<string>;
  /**
   * The share that survives of the next archived file, and of one that is read after so many
   * others; null: nothing is lost.
   */
  readonly disk: {
    nextFileKeeps: number | null;
    read: { after: number; finds: number } | null;
  };
  /** What happens, once, as soon as a worker has claimed this order to hand it over. */
  readonly atHandOver: Map<OutTradeNo, () => void>;
  /** When things came into the database and what they went through there, by the world's clock. */
  readonly sightings: Sightings;
  /**
   * The next download of these merchants' bills breaks off after this share, as if that were the
   * end.
   */
  readonly cutBills: Map<string, number>;
  /** Until when queries of WeChat Pay are answered late, and how late, in ms. */
  readonly slowQueries: { until: number; takesMs: number };
  /** The machines that are up; null for one that is down. */
  readonly machines: (Machine | null)[];
  /** How far the clock of each machine is off now, in ms. It outlives the machine. */
  readonly clocksOffMs: number[];
  /** Called after each effect on the database, which a machine's step had. Throws `Violation`. */
  readonly watch: {
    effect(machine: Machine, step: string): void;
    acked(event: unknown, source: string): void;
  };
  /** Writes a line of the trace, if there is one. */
  note(line: () => string): void;
}

/** What must never be, was. */
export class Violation extends Error {
  override readonly name = 'Violation';
  constructor(
    /** Stable name of the rule. */
    readonly rule: string,
    detail: string,
  ) {
    super(`${rule}: ${detail}`);
  }
}
