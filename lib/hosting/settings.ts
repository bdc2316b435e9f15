import type { WatchSettings } from '../ops/watch/settings';
import type { InboxSettings } from '../inbox/settings';
import type { FulfilmentSettings, OrderSettings, ReconcileSettings } from '../orders/settings';
import type { RefundSettings } from '../refunds/settings';
import type { RetentionSettings } from '../retention/settings';
import type { Fen } from '../values/fen';
import { fen } from '../values/fen';
import { readFeeRate } from '../values/fee-rate';
import type { StatementSettings } from '../statement/run/settings';
import type { SubMchId } from '../values/ids';
import type { Backoff } from '../runtime/backoff';
import { askAfterOf } from '../config/agreement';
import type { Config } from '../config/config-schema';

/** The inbox settings, times in ms. */
export function inboxSettings(config: Config): InboxSettings {
  const { inbox } = config;
  return {
    batch: inbox.batch,
    leaseMs: inbox.leaseSeconds * 1000,
    attempts: inbox.attempts,
    backoff: backoffOf(inbox.backoff),
    missingOrderMs: inbox.missingOrderMinutes * 60_000,
    queryConcurrency: inbox.queryConcurrency,
    unverifiedMs: config.retention.unverifiedMessageDays * 86_400_000,
    lateMoney: config.orders.lateMoney,
    verifyAbove: config.orders.verifyAbove === null ? null : fen(config.orders.verifyAbove),
    merchants: merchantsOf(config),
  };
}

/** The order settings, times in ms. */
export function orderSettings(config: Config): OrderSettings {
  return {
    merchants: merchantsOf(config),
    numberPrefix: config.orders.numberPrefix,
    payableMs: config.orders.payableMinutes * 60_000,
    firstAskMs: askAfterOf(config)[0] * 60_000,
    askAgainMs: config.orders.askAgainSeconds * 1000,
  };
}

/** The settings of order queries, times in ms. */
export function reconcileSettings(config: Config): ReconcileSettings {
  const { concurrency, perSecond, batch } = config.reconcileOrders;
  const [first, ...rest] = askAfterOf(config);
  return {
    askAfterMs: [first * 60_000, ...rest.map((minutes) => minutes * 60_000)],
    concurrency,
    perSecond,
    batch,
  };
}

/** The refund settings, times in ms. */
export function refundSettings(config: Config): RefundSettings {
  const { askAfterMinutes, fundsRetryMinutes, overdueDays, source, concurrency, perSecond, batch, limits } =
    config.refunds;
  const [first, ...rest] = askAfterMinutes;
  return {
    askAfterMs: [first * 60_000, ...rest.map((minutes) => minutes * 60_000)],
    fundsRetryMs: fundsRetryMinutes * 60_000,
    overdueMs: overdueDays * 86_400_000,
    source,
    concurrency,
    perSecond,
    batch,
    limits: {
      single: fenOrNull(limits.single),
      operatorDay: fenOrNull(limits.operatorDay),
      day: fenOrNull(limits.day),
    },
  };
}

/**
 * The settings of statement runs: times in ms, rates in millionths. `chunkRows`: what the store
 * prefers (`Store.chunk`).
 */
export function statementSettings(config: Config, chunkRows: number): StatementSettings {
  const { statement, merchants } = config;
  return {
    merchants: merchants.map(({ subMchId, feeRate }) => ({
      subMchId,
      feeRate: feeRate === null ? null : readFeeRate(feeRate),
    })),
    carryOverDays: statement.carryOverDays,
    fromHour: statement.fromHour,
    finalHour: statement.finalHour,
    notYetMs: statement.notYetMinutes * 60_000,
    backoff: backoffOf(statement.backoff),
    fileTries: statement.fileTries,
    chunkRows,
    leaseMs: statement.leaseSeconds * 1000,
  };
}

/**
 * How many messages one step of retention deletes. On SQLite a step blocks everything else: 500
 * messages take 3.4 ms of CPU, 24 ms at most (measured among 200,000, half of them dead).
 */
const FORGET_BATCH = 500;

/** The retention settings, times in ms. */
export function retentionSettings({ retention }: Config): RetentionSettings {
  return {
    doneMessageMs: retention.doneMessageDays * 86_400_000,
    deadMessageMs: retention.deadMessageDays * 86_400_000,
    unverifiedMessageMs: retention.unverifiedMessageDays * 86_400_000,
    statementDays: retention.statementDays,
    batch: FORGET_BATCH,
  };
}

/** The fulfilment settings, times in ms. */
export function fulfilmentSettings(config: Config): FulfilmentSettings {
  const { fulfilment } = config;
  return {
    concurrency: fulfilment.concurrency,
    attempts: fulfilment.attempts,
    timeoutMs: fulfilment.timeoutSeconds * 1000,
    quickRetries: fulfilment.quickRetries,
    backoff: backoffOf(fulfilment.backoff),
  };
}

const HOUR_MS = 3_600_000;

/** The watchdog settings, times in ms. */
export function watchSettings(config: Config): WatchSettings {
  const { watchdog, orders, statement, ops } = config;
  const { alarms } = watchdog;
  const cause = (of: keyof typeof alarms, unit = 1) => {
    const { threshold, windowMinutes } = alarms[of];
    return { threshold: threshold === null ? null : threshold * unit, windowMs: windowMinutes * 60_000 };
  };
  return {
    causes: {
      oldest_due_message: cause('oldest_due_message', 1_000),
      backlog: cause('backlog'),
      dead_letters: cause('dead_letters'),
      suspect_messages: cause('suspect_messages'),
      unknown_payments: cause('unknown_payments'),
      silent_callbacks: cause('silent_callbacks'),
      missing_statement: cause('missing_statement', 60_000),
      open_discrepancies: cause('open_discrepancies'),
      failing_fulfilment: cause('failing_fulfilment'),
      abnormal_refunds: cause('abnormal_refunds'),
      missing_api_token: cause('missing_api_token'),
    },
    calmMs: watchdog.calmMinutes * 60_000,
    deadWithinMs: watchdog.deadLetterHours * HOUR_MS,
    silentWithinMs: watchdog.silentCallbackHours * HOUR_MS,
    silentAtLeast: watchdog.silentCallbacksAtLeast,
    unknownAfterMs: (orders.payableMinutes + watchdog.unknownAfterMinutes) * 60_000,
    undeliveredAfterMs: (orders.payableMinutes + watchdog.undeliveredAfterMinutes) * 60_000,
    statement,
    merchants: merchantsOf(config),
    speech: { language: ops.language, shop: config.merchants[0].name, consoleUrl: ops.consoleUrl },
  };
}

function merchantsOf(config: Config): [SubMchId, ...SubMchId[]] {
  const [first, ...rest] = config.merchants;
  return [first.subMchId, ...rest.map(({ subMchId }) => subMchId)];
}

function backoffOf(backoff: { readonly firstSeconds: number; readonly maxSeconds: number }): Backoff {
  return { firstMs: backoff.firstSeconds * 1000, maxMs: backoff.maxSeconds * 1000 };
}

function fenOrNull(amount: number | null): Fen | null {
  return amount === null ? null : fen(amount);
}
