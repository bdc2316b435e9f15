import type fc from 'fast-check';
import { payCallback } from '../../../functions/payCallback/function';
import { refundCallback } from '../../../functions/refundCallback/function';
import type { ReceiveDeps } from '../../../lib/inbox/receive';
import type { LateMoneyPolicy } from '../../../lib/model/order';
import type { Caller } from '../../../lib/model/caller';
import { readConfig } from '../../../lib/config/config';
import type { MerchantPorts } from '../../../lib/hosting/ports';
import { StoreError } from '../../../lib/store/errors';
import { leaseToken } from '../../../lib/model/lease';
import type { Store } from '../../../lib/store/port';
import type { Instant } from '../../../lib/values/instant';
import { createCloudPay } from '../../../lib/wechat/cloudpay/adapter';
import type { PayApiName, PayApiRequest, TransportResult } from '../../../lib/wechat/cloudpay/transport';
import { memoryJournal } from '../../../simulator/journal';
import type { Simulator } from '../../../simulator/simulator';
import { createSimulator } from '../../../simulator/simulator';
import { SimulatorError } from '../../../simulator/simulator-error';
import { rememberedLog } from '../../inbox/stage';
import type { ManualTime } from '../../simulator/manual-time';
import { manualTime } from '../../simulator/manual-time';
import { START } from '../../simulator/stage';
import { memoryArchive } from '../../statement/runs/stage';
import { MERCHANT } from '../../whole/shop';
import { emptyMerchantDb } from '../../shop/db';

/**
 * What goes wrong at one step of the service: it takes effect or not, and its caller gets no
 * answer, or dies.
 */
export interface Fault {
  /** Which step, counted from the beginning. */
  readonly at: number;
  readonly effect: 'none' | 'done';
  readonly then: 'fails' | 'dies';
}

/** Takes one step of a store when its turn has come; or fails, before or after the effect. */
export type Step = <T>(name: string, effect: () => T | Promise<T>) => Promise<T>;

/**
 * A store whose every step goes through `step`. The weaker ones make a settlement in several steps.
 */
export type OpenStore = (step: Step) => Store;

/** A call of a function or a run of a worker. It ends also by death. */
export interface Task {
  readonly hasEnded: () => boolean;
}

/** The service and WeChat Pay in one world, in which everybody makes steps in any order. */
export interface World {
  readonly simulator: Simulator;
  readonly time: ManualTime;
  /** The store as it is, without steps. */
  readonly books: Store;
  /** What was thrown that nobody expects. */
  readonly surprises: readonly unknown[];
  /** Begins something with ports of its own. It goes on when steps are taken. */
  begin(run: (ports: MerchantPorts) => Promise<unknown>): Task;
  /** Runs up to this many steps of whatever is ready. */
  go(steps: number): Promise<void>;
  /** Takes steps until this task is over. */
  finish(task: Task): Promise<void>;
  /** Takes steps until nobody is ready any more. */
  rest(): Promise<void>;
  /** The next refund request is slow: its caller gives up, and it arrives at some later time. */
  slowDown(): void;
  /** From now on nothing goes wrong. */
  calm(): void;
}

/** What a world is made of. */
export interface WorldParts {
  readonly open: OpenStore;
  readonly scheduler: fc.Scheduler;
  readonly faults: readonly Fault[];
  readonly lateMoney: LateMoneyPolicy;
  /** People set one function as both callbacks. */
  readonly callbacks: 'as_named' | 'swapped';
  /** Looks at each request to WeChat Pay as it arrives there. */
  readonly watch: (apiName: PayApiName, request: PayApiRequest) => Promise<void>;
}

/** One instance of a function or worker. A dead one makes no more steps and gets no answers. */
interface Life {
  readonly bornAt: Instant;
  readonly isDead: () => boolean;
  readonly died: Promise<void>;
  readonly die: () => void;
}

const NOBODY: Caller = { payer: null, source: '', ip: '127.0.0.1', by: { kind: 'nobody' } };

/** No function runs longer, on any plan: the platform ends it, wherever it stands. */
const LONGEST_RUN_MS = 300_000;

/** A request that was given up on arrives within this time, or never. */
const LATEST_ARRIVAL_MS = 240_000;

const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

/** Makes a world in which nothing has happened yet. */
export function createWorld({ open, scheduler, lateMoney, callbacks, watch, ...parts }: WorldParts): World {
  const time = manualTime(START);
  const faults = new Map(parts.faults.map((fault) => [fault.at, fault]));
  const surprises: unknown[] = [];
  const books = open(async (_, effect) => effect());
  const config = readConfig({ merchants: [{ subMchId: MERCHANT, feeRate: '0.60%' }], orders: { lateMoney } });
  const archived = new Map<string, Uint8Array>();
  let steps = 0;
  let slow = 0;
  let tokens = 0;
  /** How long the timers waited that ended in this step, in ms. */
  let waited = 0;
  let seed = 11;
  const random = () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;

  /**
   * Waits for the scheduler, makes the step, and applies the planned fault. `broken` is the error
   * of a failed step.
   */
  async function step<T>(
    life: Life,
    name: string,
    effect: () => T | Promise<T>,
    broken: () => T,
  ): Promise<T> {
    await scheduler.schedule(Promise.resolve(), name);
    if (time.clock.now() - life.bornAt > LONGEST_RUN_MS) life.die();
    if (life.isDead()) return never();
    const fault = faults.get((steps += 1));
    const heard = (): T | Promise<T> => {
      if (fault?.then !== 'dies') return broken();
      life.die();
      return never<T>();
    };
    if (fault?.effect === 'none') return heard();
    const result = await effect();
    if (life.isDead()) return never();
    return fault === undefined ? result : heard();
  }

  function lostAnswer(): never {
    throw new StoreError('unavailable', 'the answer was lost');
  }

  const simulator = createSimulator({
    clock: time.clock,
    schedule: time.schedule,
    deliver: (event, { source, functionName }) => {
      const isRefunds = (functionName === 'refundCallback') === (callbacks === 'as_named');
      const life = createLife(time.clock.now());
      const ports = portsOf(life);
      const receive: ReceiveDeps = {
        ...ports,
        timers: { after: time.schedule },
        record: (message) => ports.store.inbox.record(message),
        ackBudgetMs: 2_500,
      };
      const handler = isRefunds ? refundCallback(receive) : payCallback(receive);
      return Promise.race([handler(event, { ...NOBODY, source }), life.died.then(() => never<object>())]);
    },
    journal: memoryJournal(),
    speed: 1,
    random,
  });

  async function call(apiName: PayApiName, request: PayApiRequest): Promise<TransportResult> {
    // A statement as it is, and not packed: unpacking it would take its own time.
    const plain = Object.fromEntries(Object.entries(request).filter(([name]) => name !== 'tar_type'));
    try {
      await watch(apiName, request);
      const { body } = await simulator.payApi(apiName, apiName === 'downloadBill' ? plain : request);
      return { kind: 'body', bytes: Buffer.from(body) };
    } catch (error) {
      if (!(error instanceof SimulatorError)) throw error;
      return { kind: 'failure', failure: { kind: 'transport', message: error.message } };
    }
  }

  /** Nobody waits for it any more. */
  async function arriveLate(apiName: PayApiName, request: PayApiRequest): Promise<void> {
    const sentAt = time.clock.now();
    await scheduler.schedule(Promise.resolve(), `${apiName} arrives late`);
    if (time.clock.now() - sentAt > LATEST_ARRIVAL_MS) return;
    try {
      await call(apiName, request);
    } catch (error) {
      surprises.push(error);
    }
  }

  function send(apiName: PayApiName, request: PayApiRequest): Promise<TransportResult> | TransportResult {
    if (apiName !== 'refund' || slow === 0) return call(apiName, request);
    slow -= 1;
    void arriveLate(apiName, request);
    return lost();
  }

  const lost = (): TransportResult => ({
    kind: 'failure',
    failure: { kind: 'transport', message: 'no answer' },
  });

  function portsOf(life: Life): MerchantPorts {
    const stepOf: Step = (name, effect) => step(life, name, effect, lostAnswer);
    return {
      store: open(stepOf),
      wechat: createCloudPay((apiName, request) => step(life, apiName, () => send(apiName, request), lost), {
        envId: 'shop-8gxvz0f70375accc',
        payFunction: 'payCallback',
        refundFunction: 'refundCallback',
        nonce: () => 'n',
      }),
      archive: memoryArchive(stepOf, archived),
      merchantDb: emptyMerchantDb,
      clock: time.clock,
      timers: { after: (ms, then) => laterStep(life, ms, then) },
      random,
      newToken: () => leaseToken(`token-${String((tokens += 1)).padStart(8, '0')}`),
      log: rememberedLog(),
      config,
    };
  }

  /**
   * A wait ends as one of the steps that are ready, before or after the others. Its time passes
   * with it: a run that waits repeatedly must see its budget end.
   */
  function laterStep(life: Life, ms: number, then: () => void): () => void {
    let isOn = true;
    void scheduler.schedule(Promise.resolve(), 'a timer').then(() => {
      if (!isOn || life.isDead()) return;
      waited += ms;
      then();
    });
    return () => {
      isOn = false;
    };
  }

  /** Answers false when nobody is ready, unless somebody has something to do at this very time. */
  async function takeOne(): Promise<boolean> {
    if (scheduler.count() === 0) {
      await time.pass(0);
      await atRest();
    }
    if (scheduler.count() === 0) return false;
    await scheduler.waitNext(1);
    await atRest();
    const ms = waited;
    waited = 0;
    if (ms > 0) await time.pass(ms);
    return true;
  }

  const world: World = {
    simulator,
    time,
    books,
    surprises,
    begin(run) {
      const life = createLife(time.clock.now());
      let ended = false;
      const ran = run(portsOf(life)).then(
        () => undefined,
        (error: unknown) => {
          // The platform ends a run that threw; its store's troubles are none of ours.
          if (!(error instanceof StoreError)) surprises.push(error);
        },
      );
      void Promise.race([ran, life.died]).then(() => {
        ended = true;
      });
      return { hasEnded: () => ended };
    },
    async go(most) {
      for (let taken = 0; taken < most && (await takeOne());) taken += 1;
    },
    async finish(task) {
      // What it waits for may come later: WeChat Pay repeats a notification, and answers then.
      for (let tries = 0; !task.hasEnded() && tries < 60; tries += 1) {
        while (!task.hasEnded() && (await takeOne()));
        if (!task.hasEnded()) await time.pass(15_000);
      }
      if (!task.hasEnded()) throw new Error('a task waits for something that nobody does');
    },
    async rest() {
      while (await takeOne());
    },
    slowDown: () => {
      slow += 1;
    },
    calm: () => {
      slow = 0;
      faults.clear();
    },
  };
  return world;
}

function createLife(bornAt: Instant): Life {
  const death = new AbortController();
  return {
    bornAt,
    isDead: () => death.signal.aborted,
    died: new Promise((resolve) => {
      death.signal.addEventListener('abort', () => resolve());
    }),
    die: () => death.abort(),
  };
}

/** Every promise that can go on has gone on, and SQLite has written what was waiting. */
async function atRest(): Promise<void> {
  for (let turns = 0; turns < 2; turns += 1) await new Promise((resolve) => setImmediate(resolve));
}
