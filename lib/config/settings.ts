import type { Fen } from '../values/fen';
import { fen } from '../values/fen';
import { readFeeRate, type RateMillionths } from '../values/fee-rate';
import type { SubMchId } from '../values/ids';
import { recordOf } from '../values/record-of';
import { askAfterOf } from './ask-after-of';
import { connectionShares } from './connection-shares';
import { FUNCTION_NAMES, WORKER_NAMES } from './jobs';
import type { MerchantSettings } from './merchants';
import { operatorsOf } from './operators';
import { merchantOf } from './merchants';
import { quietDelays } from './quiet-delays';
import type { QuietHours } from './quiet-hours';
import type { WrittenConfig } from './written';

/*
 * From what people write to what the parts of the program take: the only place where units are
 * converted. Times are ms, amounts fen, rates millionths. Each part's settings type is the output
 * of one function here, by way of the schema (`Config['inbox']`, …).
 */

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Every setting as the parts of the program take it. */
export function settingsOf(written: WrittenConfig) {
  const { envId, timers, log, server, cloud, simulator, store, tracing } = written;
  return {
    envId,
    merchants: merchants(written),
    orders: orders(written),
    inbox: inbox(written),
    reconcileOrders: reconcileOrders(written),
    refunds: refunds(written),
    ops: ops(written),
    fulfilment: fulfilment(written),
    statement: statement(written),
    retention: retention(written),
    watchdog: watchdog(written),
    timers,
    quietHours: quietHours(written),
    functions: functions(written),
    shares: connectionShares(written),
    tracing,
    log,
    server,
    cloud,
    simulator,
    store: { kind: store.kind, connections: store.connections },
  };
}

/** How orders are created and queried. */
function orders(written: WrittenConfig) {
  const { numberPrefix, payableMinutes, askAgainSeconds } = written.orders;
  return {
    /** Our merchant numbers. The first is used when the price names none. */
    merchants: merchantsOf(written),
    /** Those whose channel refuses characters of more than 3 bytes in UTF-8. */
    narrowText: merchants(written).flatMap(({ subMchId, channel }) =>
      channel.kind === 'v3' ? [subMchId] : [],
    ),
    /** The start of every order number: up to 8 characters. */
    numberPrefix,
    /** How long an order can be paid. */
    payableMs: payableMinutes * MINUTE_MS,
    /** The age at which an unresolved order is first queried. */
    firstAskMs: askAfterOf(written)[0] * MINUTE_MS,
    /** The shortest time between two queries about one order on behalf of its payer. */
    askAgainMs: askAgainSeconds * SECOND_MS,
  };
}

/** How the inbox is filled and processed. */
function inbox(written: WrittenConfig) {
  const { batch, leaseSeconds, attempts, backoff, missingOrderMinutes, queryConcurrency } = written.inbox;
  const { lateMoney, verifyAbove } = written.orders;
  const merchants: readonly SubMchId[] = merchantsOf(written);
  return {
    /** Messages per claim, 1 to 1000. */
    batch,
    /** How long a claim lasts. A worker that crashes delays its messages by this much. */
    leaseMs: leaseSeconds * SECOND_MS,
    /**
     * A message goes dead after this many failures of its own, or this many claims without an
     * outcome.
     */
    attempts,
    backoff: backoffOf(backoff),
    /** How long a payment waits for its order before it goes dead as `missing_order`. */
    missingOrderMs: missingOrderMinutes * MINUTE_MS,
    /**
     * How many unverified messages of one merchant are claimed, and hence queried, at the same
     * time, over all runs.
     */
    queryConcurrency,
    /** An unverified message that nothing confirmed goes dead after this long. */
    unverifiedMs: written.retention.unverifiedMessageDays * DAY_MS,
    lateMoney,
    /** Whether a database trigger starts `processInbox`, too. CloudBase only. */
    databaseTrigger: written.inbox.databaseTrigger,
    /** Our merchant numbers. */
    merchants,
    /** Above this amount fulfilment waits for one query of the payment; null for never. */
    verifyAbove: fenOrNull(verifyAbove),
    /** How long a callback may take to make a notification durable. */
    ackBudgetMs: written.inbox.ackBudgetMs,
    /** What unverified messages may take, each counted as 8 KB. */
    unverifiedMegabytes: written.inbox.unverifiedMegabytes,
  };
}

/** How unresolved orders are queried. */
function reconcileOrders(written: WrittenConfig) {
  const { concurrency, perSecond, batch } = written.reconcileOrders;
  return {
    askAfterMs: minutesToMs(askAfterOf(written)),
    /** Concurrent queries to WeChat Pay. */
    concurrency,
    /** Queries started per second. */
    perSecond,
    /** Orders per claim, 1 to 1000. */
    batch,
  };
}

/** How refunds are requested and followed. */
function refunds(written: WrittenConfig) {
  const { askAfterMinutes, fundsRetryMinutes, overdueDays, source, concurrency, perSecond, batch, limits } =
    written.refunds;
  return {
    /**
     * Ages at which an unfinished refund is requested or queried, ascending. The last gap repeats.
     */
    askAfterMs: minutesToMs(askAfterMinutes),
    /** The wait after WeChat Pay answers that the merchant's funds do not suffice. */
    fundsRetryMs: fundsRetryMinutes * MINUTE_MS,
    /** An unfinished refund older than this is logged as an error with every query. */
    overdueMs: overdueDays * DAY_MS,
    /** Which of the merchant's funds a refund is taken from. */
    source,
    /** Concurrent calls to WeChat Pay. */
    concurrency,
    /** Calls to WeChat Pay started per second. */
    perSecond,
    /** Refunds per claim, 1 to 1000. */
    batch,
    /** A refund after which more than this is refunded of its order needs a second person. */
    secondPersonAbove: fenOrNull(written.ops.secondPerson.refundAbove),
    /** What operators may refund. */
    limits: {
      single: fenOrNull(limits.single),
      operatorDay: fenOrNull(limits.operatorDay),
      day: fenOrNull(limits.day),
    },
  };
}

/** Who operates, and how they are written to. */
function ops({ ops: written }: WrittenConfig) {
  const { operators, readers, secondPerson, idleMinutes, ...rest } = written;
  return {
    ...rest,
    /** Everybody config.json names; the environment may name more. */
    people: operatorsOf({ operators, readers }),
    secondPersonAbove: fenOrNull(written.secondPersonAbove),
    secondPerson: {
      refundAbove: fenOrNull(secondPerson.refundAbove),
      bulkAbove: secondPerson.bulkAbove,
      expireMs: secondPerson.expireHours * HOUR_MS,
    },
    idleMs: idleMinutes * MINUTE_MS,
  };
}

/** How paid orders are fulfilled. */
function fulfilment({ fulfilment: written }: WrittenConfig) {
  const { cloudFunction, webhook, concurrency, attempts, timeoutSeconds, quickRetries, backoff } = written;
  return {
    /** The merchant's own cloud function that fulfils; null for merchant/fulfill.ts. */
    cloudFunction,
    /** The merchant's own system that fulfils, by HTTP; null for the other two. */
    webhook:
      webhook === null
        ? null
        : {
            url: webhook.url,
            /** Calls started per second, by all runs together; null for any number. */
            perSecond: webhook.perSecond,
            breaker: {
              failures: webhook.breaker.failures,
              pauseMs: webhook.breaker.pauseSeconds * SECOND_MS,
              longestPauseMs: webhook.breaker.longestPauseSeconds * SECOND_MS,
            },
          },
    /** Concurrent fulfilments. */
    concurrency,
    /** How often an order is claimed before its fulfilment is dead. */
    attempts,
    /** The time limit of one fulfilment, its quick retries included. */
    timeoutMs: timeoutSeconds * SECOND_MS,
    /** Further attempts within one claim, for errors that pass by themselves. */
    quickRetries,
    backoff: backoffOf(backoff),
  };
}

/** How statement runs work. Hours are in Beijing time. */
function statement(config: WrittenConfig) {
  const { statement: written } = config;
  const { carryOverDays, fromHour, finalHour, notYetMinutes, backoff, fileTries, leaseSeconds } = written;
  const { cashAccounts } = written;
  return {
    /** Whose days are reconciled, with the fee rate agreed; a null rate leaves fees unchecked. */
    merchants: merchants(config).map(
      ({ subMchId, feeRate }): { subMchId: SubMchId; feeRate: RateMillionths | null } => ({
        subMchId,
        feeRate: feeRate === null ? null : readFeeRate(feeRate),
      }),
    ),
    /**
     * How many days a record may be absent from its day's bill before it counts as a discrepancy.
     */
    carryOverDays,
    /** The hour of the next day from which a bill is requested. */
    fromHour,
    /** The hour of the next day from which "not available" means that there is no bill. */
    finalHour,
    /** Wait before a bill that is not available yet is requested again. */
    notYetMs: notYetMinutes * MINUTE_MS,
    /** Wait after a failed download. */
    backoff: backoffOf(backoff),
    /**
     * How often a file that may be damaged in transit is downloaded before it is reported as
     * invalid.
     */
    fileTries,
    /**
     * Duration of the lease. A dead worker blocks its run this long. Longer than a function may
     * run.
     */
    leaseMs: leaseSeconds * SECOND_MS,
    /** The accounts whose fund-flow bills are looked for. */
    cashAccounts,
  };
}

/**
 * Messages examined per step of retention. A step on SQLite keeps everything else waiting: 500
 * messages for 3.4 ms of CPU, 24 at most (measured among 200,000, half of them dead).
 */
const FORGET_BATCH = 500;

/**
 * How long finished records are kept. Orders, refunds, discrepancies and the audit log are kept
 * permanently, orders with or without their personal data.
 */
function retention({ retention: written }: WrittenConfig) {
  return {
    /**
     * Processed messages, from their end: at least 7 days, because WeChat Pay redelivers for 2.
     */
    doneMessageMs: written.doneMessageDays * DAY_MS,
    /** Dead messages, from their end: until then an operator can replay them. */
    deadMessageMs: written.deadMessageDays * DAY_MS,
    /**
     * Unverified messages, processed or dead, from their end: strangers can send any number of
     * them.
     */
    unverifiedMessageMs: written.unverifiedMessageDays * DAY_MS,
    /**
     * Statement runs and their files, in days: longer than the three months for which WeChat Pay
     * keeps a bill.
     */
    statementDays: written.statementDays,
    /** The personal data of orders, from their creation; null: it is kept. */
    personalMs: written.personalDays === null ? null : written.personalDays * DAY_MS,
    /** Messages examined per request. */
    batch: FORGET_BATCH,
  };
}

/** What the watchdog watches, and whom it notifies. */
function watchdog(config: WrittenConfig) {
  const { watchdog: written, orders, refunds, statement, ops } = config;
  const { alarms } = written;
  const cause = (alarm: keyof typeof alarms, unit = 1) => {
    const { threshold, windowMinutes } = alarms[alarm];
    return {
      /** The value that counts as 100 %, in the cause's unit; null: it is not watched. */
      threshold: threshold === null ? null : threshold * unit,
      /** After this long the notice repeats while the alarm lasts. */
      windowMs: windowMinutes * MINUTE_MS,
    };
  };
  return {
    targets: written.targets,
    causes: {
      oldest_due_message: cause('oldest_due_message', SECOND_MS),
      backlog: cause('backlog'),
      dead_letters: cause('dead_letters'),
      suspect_messages: cause('suspect_messages'),
      unknown_payments: cause('unknown_payments'),
      silent_callbacks: cause('silent_callbacks'),
      missing_statement: cause('missing_statement', MINUTE_MS),
      open_discrepancies: cause('open_discrepancies'),
      failing_fulfilment: cause('failing_fulfilment'),
      abnormal_refunds: cause('abnormal_refunds'),
      overdue_refunds: cause('overdue_refunds'),
      paused_work: cause('paused_work'),
      missing_api_token: cause('missing_api_token'),
      unknown_key: cause('unknown_key'),
      clock_skew: cause('clock_skew'),
    } satisfies Record<keyof typeof alarms, object>,
    /** How long a cause must stay quiet before it is over. */
    calmMs: written.calmMinutes * MINUTE_MS,
    /** Dead messages count when they were first received within this time. */
    deadWithinMs: written.deadLetterHours * HOUR_MS,
    /** Payments that became known within this time are checked for a missing callback. */
    silentWithinMs: written.silentCallbackHours * HOUR_MS,
    /** Fewer payments without a callback than this raise no alarm. */
    silentAtLeast: written.silentCallbacksAtLeast,
    /** A pending order of this age should be paid or closed. */
    unknownAfterMs: (orders.payableMinutes + written.unknownAfterMinutes) * MINUTE_MS,
    /** An order of this age whose fulfilment is still due is late. */
    unfulfilledAfterMs: (orders.payableMinutes + written.unfulfilledAfterMinutes) * MINUTE_MS,
    /** A refund of this age whose end nobody stated is overdue. */
    overdueRefundMs: refunds.overdueDays * DAY_MS,
    statement: {
      fromHour: statement.fromHour,
      finalHour: statement.finalHour,
      carryOverDays: statement.carryOverDays,
    },
    merchants: merchantsOf(config),
    /** When everything may wait longer. */
    quiet: quietHours(config),
    /** What the text of a notice depends on. */
    speech: {
      language: ops.language,
      shop: config.merchants[0].name,
      consoleUrl: ops.consoleUrl,
      runbookUrl: ops.runbookUrl,
    },
  };
}

/** When timers rest; null for never. */
function quietHours(written: WrittenConfig): (QuietHours & { readonly says: string }) | null {
  const { quietHours: quiet } = written;
  if (quiet === null) return null;
  const { fromHour, toHour, everyMinutes } = quiet;
  /** `says`: what they make of the times that are promised by day. */
  return { fromHour, toHour, everyMs: everyMinutes * MINUTE_MS, says: quietDelays(written, quiet) };
}

/** The limits of each function. */
function functions({ functions: written }: WrittenConfig) {
  return recordOf([...FUNCTION_NAMES, ...WORKER_NAMES], (name) => ({
    memoryMb: written[name].memoryMb,
    timeoutMs: written[name].timeoutSeconds * SECOND_MS,
  }));
}

/** Our merchants, each with its channel. */
function merchants({
  merchants: written,
}: WrittenConfig): readonly [MerchantSettings, ...MerchantSettings[]] {
  const [first, ...rest] = written;
  return [merchantOf(first), ...rest.map(merchantOf)];
}

function merchantsOf(written: WrittenConfig): readonly [SubMchId, ...SubMchId[]] {
  const [first, ...rest] = merchants(written);
  return [first.subMchId, ...rest.map(({ subMchId }) => subMchId)];
}

function backoffOf(written: { readonly firstSeconds: number; readonly maxSeconds: number }) {
  return { firstMs: written.firstSeconds * SECOND_MS, maxMs: written.maxSeconds * SECOND_MS };
}

function minutesToMs([first, ...rest]: readonly [number, ...number[]]): readonly [number, ...number[]] {
  return [first * MINUTE_MS, ...rest.map((minutes) => minutes * MINUTE_MS)];
}

function fenOrNull(amount: number | null): Fen | null {
  return amount === null ? null : fen(amount);
}
