import { peopleIn } from '../../../lib/model/operators/operator';
import { createHash } from 'node:crypto';
import { closeOrder } from '../../../functions/closeOrder/function';
import { createOrder } from '../../../lib/orders/create';
import { ops } from '../../../functions/ops/function';
import { payCallback } from '../../../functions/payCallback/function';
import { queryOrder } from '../../../functions/queryOrder/function';
import { refundCallback } from '../../../functions/refundCallback/function';
import { refundOrder } from '../../../functions/refundOrder/function';
import { quotaOfUnverified } from '../../../lib/inbox/quota';
import type { NewMessage } from '../../../lib/model/message';
import type { Config } from '../../../lib/config/config-schema';
import type { Log } from '../../../lib/runtime/log';
import type { MerchantPorts } from '../../../lib/hosting/ports';
import type { Store } from '../../../lib/store/port';
import type { StatementArchive } from '../../../lib/statement/run/archive';
import { ArchiveError } from '../../../lib/statement/run/archive';
import { leaseToken } from '../../../lib/model/lease';
import type { OutTradeNo } from '../../../lib/values/ids';
import { instant } from '../../../lib/values/instant';
import { createCloudPay } from '../../../lib/wechat/cloudpay/adapter';
import { followRefunds, followRefundsInCloud } from '../../../workers/followRefunds/worker';
import { fulfillOrders, fulfillOrdersInCloud } from '../../../workers/fulfillOrders/worker';
import { processInbox, processInboxInCloud } from '../../../workers/processInbox/worker';
import { reconcileOrders, reconcileOrdersInCloud } from '../../../workers/reconcileOrders/worker';
import { reconcileStatement, reconcileStatementInCloud } from '../../../workers/reconcileStatement/worker';
import { retain } from '../../../workers/retain/worker';
import { watchdog } from '../../../workers/watchdog/worker';
import { callbackStore, cloudBaseStore } from '../cloudbase/store';
import type { MerchantSystem } from '../../../lib/orders/fulfil';
import type { Step } from '../model/state';
import { modelStore } from '../model/store';
import type { Group } from '../scheduler';
import { merchantHook } from './merchant';
import { priceInShop } from './merchants';
import { turnName } from './sightings';
import type { Wires } from './wire';
import { payWire, storeWire } from './wire';
import type { Machine, World } from './world';
import { emptyMerchantDb } from '../../shop/db';

/** Starts a machine: the functions and workers as deployed, on ports behind a simulated network. */
export function startMachine(
  world: World,
  wires: Wires,
  config: Config,
  index: number,
  life: number,
): Machine {
  const { scheduler, random, state, clocksOffMs, platform, isInCloud } = world;
  const group: Group = { name: `m${index}.${life}`, alive: true, frozenUntil: 0 };
  const step = storeWire(world, wires, () => machine);
  const clock = { now: () => instant(scheduler.now() + (clocksOffMs[index] ?? 0)) };
  let tokens = 0;
  const ports: MerchantPorts = {
    store: noting(
      world,
      group,
      platform === null
        ? modelStore(state, step)
        : cloudBaseStore(world, wires, platform, { machineOf: () => machine, clock }),
    ),
    wechat: createCloudPay(payWire(world, wires, group), {
      envId: 'shop-8gxvz0f70375accc',
      payFunction: 'payCallback',
      refundFunction: 'refundCallback',
      nonce: () => 'n',
    }),
    archive: archiveOn(world, step),
    merchantDb: emptyMerchantDb,
    clock,
    timers: { after: (ms, then) => scheduler.after(ms, group, then) },
    random: () => random.next(),
    newToken: () => leaseToken(`token-${group.name}-${(tokens += 1)}`.padEnd(8, '-')),
    log: logOf(world, group),
    config,
  };
  const { ackBudgetMs } = config.inbox;
  const inbox =
    platform === null
      ? ports.store.inbox
      : callbackStore(world, wires, platform, { machineOf: () => machine, clock, ackBudgetMs });
  const receiving = {
    ...ports,
    record: (message: NewMessage) => inbox.record(message),
    ackBudgetMs,
    admitUnverified: quotaOfUnverified({
      ...ports,
      countUnverified: (naming) => inbox.countUnverified(naming),
      megabytes: config.inbox.unverifiedMegabytes,
      merchants: config.merchants.map(({ subMchId }) => subMchId),
    }),
  };
  // Like functions/createOrder, except for the price: here the cart names the merchant's shop.
  const making = {
    ...ports,
    orders: ports.store.orders,
    price: priceInShop,
    settings: config.orders,
  };
  const merchant = { fulfil: merchantHook(world, group) };
  const machine: Machine = {
    index,
    group,
    ports,
    functions: {
      payCallback: payCallback(receiving),
      refundCallback: refundCallback(receiving),
      createOrder: (event, caller) => createOrder(making, event, caller),
      queryOrder: queryOrder(ports),
      closeOrder: closeOrder(ports),
      refundOrder: refundOrder(ports),
      ops: ops(ports, {
        examine: async () => [],
        people: () => peopleIn(config.ops.people, ports.clock.now()),
        targets: [],
        workers: null,
        webhook: null,
      }),
    },
    workers: {
      ...(isInCloud ? workersInCloud(ports, merchant) : workersOfServer(ports, merchant)),
      retain: retain(ports),
      watchdog: watchdog(ports, []),
    },
  };
  return machine;
}

/** The workers as a server runs them. */
function workersOfServer(ports: MerchantPorts, merchant: MerchantSystem) {
  return {
    processInbox: processInbox(ports),
    fulfillOrders: fulfillOrders(ports, merchant),
    reconcileOrders: reconcileOrders(ports),
    followRefunds: followRefunds(ports),
    reconcileStatement: reconcileStatement(ports),
  };
}

/** As cloud functions run them: they look first, and the inbox fulfils what it made due. */
function workersInCloud(ports: MerchantPorts, merchant: MerchantSystem) {
  return {
    processInbox: processInboxInCloud(ports, { merchant }),
    fulfillOrders: fulfillOrdersInCloud(ports, merchant),
    reconcileOrders: reconcileOrdersInCloud(ports),
    followRefunds: followRefundsInCloud(ports),
    reconcileStatement: reconcileStatementInCloud(ports),
  };
}

/**
 * The store, noting when each fulfilment was about to start: it must know everything that was known
 * by then.
 */
function noting({ sightings, scheduler, platform }: World, group: Group, store: Store): Store {
  // What is younger than this, a read may miss.
  const known = () => scheduler.now() - (platform?.plan.readLagMs ?? 0);
  const { orders, inbox } = store;
  const lookedAt = new Map<OutTradeNo, number>();
  return {
    ...store,
    inbox: {
      ...inbox,
      openRefunds: (numbers) => {
        for (const number of numbers) lookedAt.set(number, known());
        return inbox.openRefunds(numbers);
      },
    },
    orders: {
      ...orders,
      beginFulfilment: (token, now, outTradeNo, version) => {
        const name = turnName(group, outTradeNo);
        // A turn that stood still may go on behind a later one: what let it begin still counts.
        const begun = sightings.turns.get(name)?.begun ?? null;
        sightings.turns.set(name, { askedAt: lookedAt.get(outTradeNo) ?? known(), begun });
        return orders.beginFulfilment(token, now, outTradeNo, version);
      },
    },
  };
}

function archiveOn({ files, disk }: World, step: Step): StatementArchive {
  return {
    keep: (subMchId, day, bytes) =>
      step('archive.keep', () => {
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        const location = `${subMchId}/${day}-${sha256}`;
        const left = disk.nextFileKeeps ?? 1;
        disk.nextFileKeeps = null;
        files.set(location, bytes.subarray(0, Math.floor(bytes.length * left)));
        return { location, bytes: bytes.length, sha256 };
      }),
    read: (file) =>
      step('archive.read', () => {
        const kept = files.get(file.location);
        const loss = disk.read;
        if (kept !== undefined && loss !== null) {
          disk.read = loss.after > 0 ? { ...loss, after: loss.after - 1 } : null;
          if (loss.after === 0)
            files.set(file.location, kept.subarray(0, Math.floor(kept.length * loss.finds)));
        }
        const bytes = files.get(file.location);
        if (bytes === undefined) throw new ArchiveError('not_found', 'there is no such file');
        // As both archives do: what is shorter than it was is not that file.
        if (bytes.length !== file.bytes) throw new ArchiveError('not_found', 'the file was changed');
        return piecesOf(bytes);
      }),
    drop: (file) =>
      step('archive.drop', () => {
        files.delete(file.location);
      }),
    forget: (subMchId, day) =>
      step('archive.forget', () => {
        const ofDay = [...files.keys()].filter((location) => location.startsWith(`${subMchId}/${day}-`));
        for (const location of ofDay) files.delete(location);
      }),
  };
}

async function* piecesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function logOf(world: World, group: Group): Log {
  const note: Log['info'] = (event, fields) => {
    world.note(() => `${group.name} · ${event} ${JSON.stringify(fields)}`);
  };
  return { info: note, warn: note, error: note };
}
