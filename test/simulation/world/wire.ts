import { StoreError } from '../../../lib/store/errors';
import type {
  PayApiName,
  PayApiRequest,
  PayTransport,
  TransportResult,
} from '../../../lib/wechat/cloudpay/transport';
import type { ApiFault } from '../../../simulator/api-faults';
import type { Step } from '../model/state';
import type { CallMishap, CallSubject, StoreFault } from '../plan/plan';
import type { Group } from '../scheduler';
import type { Machine, World } from './world';

const SECOND = 1_000;

/** What the wires need beside the world. */
export interface Wires {
  /** The next mishap of the store, and of a call of WeChat Pay, by the plan; null: it goes well. */
  nextStoreFault(): StoreFault | null;
  nextCallFault(about: CallSubject): CallMishap | null;
  crash(index: number, downMs: number): void;
  freeze(group: Group, ms: number): void;
}

/**
 * A machine's steps on the database. Each goes over a wire: it takes time, others come in between,
 * it may be lost on the way there or back, and the calling machine may be dead or frozen by then.
 */
export function storeWire(world: World, wires: Wires, machineOf: () => Machine): Step {
  return (name, effect) =>
    overWire(world, wires, machineOf(), {
      name,
      take: (done, refused) => {
        let result: ReturnType<typeof effect>;
        try {
          result = effect();
        } catch (error) {
          refused(error instanceof Error ? error : new Error(String(error)));
          return;
        }
        world.watch.effect(machineOf(), name);
        done(result);
      },
      lost: () => new StoreError('unavailable', `${name}: no answer came`),
    });
}

/** What a machine sends over a wire to the database. */
export interface Sent<Result> {
  /** As the trace shows it. */
  readonly name: string;
  /** What happens when it arrives: the effect, then one of both. */
  readonly take: (done: (result: Result) => void, refused: (error: Error) => void) => void;
  /** What the machine sees of an answer that does not come. */
  readonly lost: () => Error;
}

/** Sends something over the wire from a machine to the database, with the plan's next mishap. */
export function overWire<Result>(
  world: World,
  wires: Wires,
  machine: Machine,
  { name, take, lost }: Sent<Result>,
): Promise<Result> {
  const { scheduler, random, sightings } = world;
  const { group } = machine;
  return new Promise((resolve, reject) => {
    const fault = wires.nextStoreFault();
    const { fault: mishap, ms = 0 } = fault ?? {};
    const answer = (deliver: () => void, delayMs = 0): void => {
      if (delayMs === 0 && group.alive && group.frozenUntil <= scheduler.now()) {
        scheduler.become(group);
        deliver();
      } else {
        scheduler.after(delayMs, group, deliver);
      }
    };
    const fail = (error: Error, delayMs = 0): void => {
      answer(() => {
        reject(error);
      }, delayMs);
    };
    const done = (result: Result): void => {
      if (mishap === 'crash_after') {
        wires.crash(machine.index, ms);
        return;
      }
      if (mishap === 'freeze') wires.freeze(group, ms);
      if (mishap === 'after') fail(lost(), SECOND);
      else
        answer(
          () => {
            resolve(result);
          },
          mishap === 'slow_after' ? ms : 0,
        );
    };
    const arrive = (): void => {
      if (!group.alive && random.chance(0.5)) return;
      world.note(() => `${group.name} ${name}${mishap === undefined ? '' : ` !${mishap} ${ms}`}`);
      if (mishap !== undefined) sightTrouble(world, ms);
      if (mishap === 'before') fail(lost());
      else if (mishap === 'crash_before') wires.crash(machine.index, ms);
      else take(done, fail);
    };
    const travel = random.chance(0.05) ? random.int(20, 400) : random.int(1, 15);
    // What the sender has claimed is held from now on, even if it dies meanwhile and this step
    // never arrives.
    if (mishap === 'slow_before')
      sightings.troubles.push({ from: scheduler.now(), to: scheduler.now() + ms });
    scheduler.after(mishap === 'slow_before' ? travel + ms : travel, null, arrive);
  });
}

/** What a mishap of the store takes, and what it answers late. */
function sightTrouble({ scheduler, sightings }: World, ms: number): void {
  const now = scheduler.now();
  sightings.troubles.push({ from: now - ms, to: now + ms + SECOND });
}

/** A machine's calls to WeChat Pay. A bill comes as plain text: decompression is not simulated. */
export function payWire(world: World, wires: Wires, group: Group): PayTransport {
  const { scheduler, random, wechat, slowQueries } = world;
  return (apiName, asked) =>
    new Promise<TransportResult>((resolve) => {
      const request = withoutGzip(asked);
      const mishap = wires.nextCallFault(subjectOf(apiName));
      const answer = (delayMs: number, result: TransportResult): void => {
        scheduler.after(delayMs, group, () => {
          resolve(result);
        });
      };
      const silence = (): void => {
        answer(10 * SECOND, { kind: 'failure', failure: { kind: 'transport', message: 'no answer' } });
      };
      scheduler.after(random.int(10, 200), null, () => {
        world.note(() => `${group.name} ${apiName}${mishap === null ? '' : ` !${mishap}`}`);
        if (mishap === 'nonsense' && random.chance(0.5)) {
          answer(50, { kind: 'body', bytes: Buffer.from(random.pick(NONSENSE)) });
          return;
        }
        const fault = mishap === null ? null : apiFault(mishap, apiName);
        if (fault !== null) wechat.disturb({ api: apiName, fault });
        const usualMs = mishap === 'late' ? random.pick([9, 60, 400]) * SECOND : random.int(5, 100);
        const isSlow = QUERIES.has(apiName) && scheduler.now() < slowQueries.until;
        const backMs = isSlow ? Math.max(usualMs, slowQueries.takesMs) : usualMs;
        wechat.payApi(apiName, request).then(({ body }) => {
          const about = request['out_trade_no'];
          if (apiName === 'queryOrder' && typeof about === 'string') {
            if (SAYS_PAID.test(String(body))) world.saidPaid.add(about);
            if (SAYS_REFUND.test(String(body))) sightRefundSaid(world, about, backMs);
          }
          const merchant = request['sub_mch_id'];
          const cut = apiName === 'downloadBill' ? takeCut(world, merchant) : null;
          const whole =
            cut === null ? body : Buffer.from(body).subarray(0, Math.floor(Buffer.byteLength(body) * cut));
          const bytes = mishap === 'nonsense' ? random.pick(NONSENSE) : whole;
          world.note(() => `${apiName} says ${String(body).slice(0, 400)}`);
          answer(backMs, { kind: 'body', bytes: Buffer.from(bytes) });
        }, silence);
      });
    });
}

/**
 * The share of a merchant's bill after which its download breaks off, once; null: it is complete.
 */
function takeCut({ cutBills }: World, merchant: unknown): number | null {
  if (typeof merchant !== 'string') return null;
  const cut = cutBills.get(merchant) ?? null;
  cutBills.delete(merchant);
  return cut;
}

const QUERIES: ReadonlySet<PayApiName> = new Set<PayApiName>(['queryOrder', 'queryRefund']);

const SAYS_PAID = /"trade_state":"SUCCESS"/;
const SAYS_REFUND = /"trade_state":"REFUND"/;

function sightRefundSaid(
  { scheduler, sightings: { saidRefund } }: World,
  about: string,
  backMs: number,
): void {
  if (!saidRefund.has(about)) saidRefund.set(about, scheduler.now() + backMs);
}

function subjectOf(apiName: PayApiName): CallSubject {
  switch (apiName) {
    case 'unifiedOrder':
    case 'queryOrder':
    case 'closeOrder':
      return 'order';
    case 'refund':
    case 'queryRefund':
      return 'refund';
    case 'downloadBill':
      return 'bill';
  }
}

function withoutGzip(request: PayApiRequest): PayApiRequest {
  return Object.fromEntries(Object.entries(request).filter(([name]) => name !== 'tar_type'));
}

/**
 * None of these says anything. No service can promise to survive an answer with false statements.
 */
const NONSENSE: readonly [string, ...string[]] = [
  '',
  '<html><body>502 Bad Gateway</body></html>',
  '{}',
  '{"return_code":"SUCCESS"}',
  '{"return_code":"SUCCESS","result_code":"FAIL","err_code":"SOMETHING_NEW"}',
  '{"errcode":-1,"errmsg":"system error"}',
];

function apiFault(mishap: CallMishap, apiName: string): ApiFault | null {
  switch (mishap) {
    case 'lost_request':
    case 'lost_answer':
    case 'rate_limited':
    case 'missing_api_token':
      return { kind: mishap };
    case 'system_error':
      return { kind: 'system_error' };
    case 'system_error_done':
      return { kind: 'system_error', takesEffect: true };
    case 'no_funds':
      return apiName === 'refund' ? { kind: 'refused', code: 'NOTENOUGH', text: '基本账户余额不足' } : null;
    case 'account_abnormal':
      return apiName === 'refund'
        ? { kind: 'refused', code: 'USER_ACCOUNT_ABNORMAL', text: '用户账户异常' }
        : null;
    case 'late':
    case 'nonsense':
      return null;
  }
}
