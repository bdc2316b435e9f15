import { z } from 'zod';
import { CASH_ACCOUNTS } from '../values/cash-account';
import { recordOf } from '../values/record-of';
import { FUNCTION_NAMES, limitsOf, WORKER_NAMES, WORKERS } from './jobs';
import { cron } from './cron-field';
import { CLOUD_RUNTIMES, RECOMMENDED_RUNTIME } from './runtimes';
import {
  fenAmount,
  seconds,
  share,
  askAfterMinutes,
  backoff,
  alarm,
  DAY_MINUTES,
  alarmTarget,
  functionLimits,
  publicAddress,
  quietHours,
} from './fields';
import { merchantEntries } from './merchants';
import { opsSettings } from './written-ops';
import { serverSettings } from './written-server';
import { tracingSettings } from './written-tracing';
import { webhookSettings } from './written-webhook';

/**
 * Every setting, its allowed values and its default. `config.schema.json` is generated from this.
 */
export const writtenConfig = z.strictObject({
  $schema: z.string().optional(),
  /**
   * The full id of the cloud environment, such as `prod-8gxvz0f70375accc`, never its alias. Null:
   * use the environment the function runs in.
   */
  envId: z
    .string()
    .regex(/^[a-z][a-z0-9-]*-[0-9a-z]{8,}$/, {
      error: 'must be the full environment id, such as "prod-8gxvz0f70375accc", not its alias',
    })
    .nullable()
    .default(null),
  /** Your merchants. Orders use the first unless merchant/price.ts names another. */
  merchants: merchantEntries,
  orders: z
    .strictObject({
      numberPrefix: z
        .string()
        .regex(/^(?!canary-)[0-9A-Za-z_-]{0,8}$/, {
          error: 'must be at most 8 of 0-9 A-Z a-z _ -, and not begin with canary-',
        })
        .default(''),
      payableMinutes: z.int().min(5).max(1440).default(30),
      askAgainSeconds: seconds(1, 3600).default(5),
      /**
       * What happens to a payment for a closed order: hold it for an operator, fulfil the order, or
       * refund it.
       */
      lateMoney: z.enum(['hold', 'fulfil', 'refund']).default('hold'),
      /**
       * In fen. A larger order that only a callback reported as paid is held until a query confirms
       * it. Null: never.
       */
      verifyAbove: z.int().min(0).nullable().default(null),
    })
    .prefault({}),
  inbox: z
    .strictObject({
      batch: share.default(100),
      /**
       * Cloud functions only: the most runs of processInbox at the same time. While more is waiting
       * than one run can process, timers that overlap and calls to itself add up to this.
       */
      runs: z.int().min(1).max(20).default(4),
      /**
       * Cloud functions only: whether a database trigger (事件触发器) on `wxpay_inbox` starts
       * processInbox. It must be set to fire at most every 6 seconds.
       */
      databaseTrigger: z.boolean().default(false),
      /** Room for one query of 10 s and for storing its answer. */
      leaseSeconds: seconds(20, 600).default(60),
      attempts: z.int().min(1).max(100).default(20),
      backoff: backoff(5, 600),
      missingOrderMinutes: z.int().min(0).max(2880).default(60),
      /** Unverified messages of one merchant that are queried at the same time. */
      queryConcurrency: z.int().min(1).max(50).default(5),
      /**
       * Space for unverified messages in MB, each counted as 8 KB: 64 MB hold 8,192 messages. Each
       * merchant has an equal share, and messages that name none of yours have one. A full quota
       * never refuses a verified message.
       */
      unverifiedMegabytes: z.int().min(1).max(10_240).default(64),
      ackBudgetMs: z.int().min(500).max(4500).default(2500),
    })
    .prefault({}),
  reconcileOrders: z
    .strictObject({
      /**
       * Ages of an order, in minutes, at which it is queried while nothing is known of its payment,
       * ascending. The last gap repeats. Null derives them from orders.payableMinutes: gaps stay
       * below 9 minutes while the order can be paid, so a payment whose callback is lost is known
       * within 10 minutes.
       */
      askAfterMinutes: askAfterMinutes.nullable().default(null),
      concurrency: z.int().min(1).max(50).default(5),
      /** Queries to WeChat Pay started per second. */
      perSecond: z.int().min(1).max(100).default(20),
      batch: share.default(100),
    })
    .prefault({}),
  refunds: z
    .strictObject({
      /**
       * Ages of a refund, in minutes, at which it is requested again or, once WeChat Pay accepted
       * it, queried, ascending. The last gap repeats. A refund to a balance takes minutes, one to a
       * bank card up to three working days.
       */
      askAfterMinutes: askAfterMinutes.default([1, 5, 30, 120, 720, 1440]),
      /** How long to wait after WeChat Pay answers that your funds do not suffice. */
      fundsRetryMinutes: z.int().min(1).max(10_080).default(60),
      /**
       * The funds refunds are taken from: those WeChat Pay has not settled with you yet, or your
       * available balance.
       */
      source: z.enum(['unsettled', 'available']).default('unsettled'),
      /**
       * A refund that is still open after this many days is logged as an error with every query.
       */
      overdueDays: z.int().min(1).max(365).default(7),
      concurrency: z.int().min(1).max(50).default(3),
      /**
       * Requests and queries for refunds started per second, by all runs together. WeChat Pay
       * allows 6 failed ones.
       */
      perSecond: z.int().min(1).max(100).default(5),
      batch: share.default(100),
      /**
       * What operators may refund, in fen: in one refund, per operator and Beijing day, and all
       * operators together per Beijing day. Null: no limit. The merchant's own code has no limit,
       * and its refunds do not count.
       */
      limits: z
        .strictObject({
          single: fenAmount.nullable().default(null),
          operatorDay: fenAmount.nullable().default(null),
          day: fenAmount.nullable().default(null),
        })
        .prefault({}),
    })
    .prefault({}),
  /** Who may operate, and how operators are reached. */
  ops: opsSettings,
  fulfilment: z
    .strictObject({
      /**
       * The name of your own cloud function that fulfils orders. Null: merchant/fulfill.ts is
       * called.
       */
      cloudFunction: z
        .string()
        .regex(/^[A-Za-z][\w-]{0,59}$/, { error: 'must be the name of a cloud function' })
        .nullable()
        .default(null),
      /**
       * Your own system, called over HTTP with a signature (docs/fulfilment.md). Its secret is
       * FULFILMENT_WEBHOOK_SECRET. Null: merchant/fulfill.ts or the cloud function is called.
       */
      webhook: webhookSettings.nullable().default(null),
      /**
       * Orders that one run fulfils at the same time. Cloud functions: runs of processInbox and of
       * fulfillOrders overlap, and each of them calls your code for so many orders.
       */
      concurrency: z.int().min(1).max(200).default(48),
      /** Cloud functions only: the most runs of fulfillOrders at the same time, as for `inbox`. */
      runs: z.int().min(1).max(20).default(3),
      attempts: z.int().min(1).max(100).default(12),
      timeoutSeconds: seconds(1, 50).default(10),
      quickRetries: z.int().min(0).max(5).default(2),
      backoff: backoff(10, 3600),
    })
    .refine(({ cloudFunction, webhook }) => cloudFunction === null || webhook === null, {
      error: 'must have a cloudFunction or a webhook, not both',
    })
    .prefault({}),
  statement: z
    .strictObject({
      /**
       * The hour of the next day (Beijing) from which a bill is requested. WeChat Pay has it from
       * about 10.
       */
      fromHour: z.int().min(9).max(23).default(10),
      /**
       * The hour from which "no bill" means that there is none. Before it, it means that the bill
       * is not ready.
       */
      finalHour: z.int().min(10).max(24).default(12),
      notYetMinutes: z.int().min(1).max(240).default(5),
      /**
       * How many days a payment may be absent from the bill of its day before it counts as missing.
       */
      carryOverDays: z.int().min(0).max(30).default(3),
      /** The wait after a failed download. */
      backoff: backoff(60, 1800),
      /**
       * How often a file that is no valid bill is downloaded before that is believed: it may have
       * been damaged in transit.
       */
      fileTries: z.int().min(1).max(20).default(5),
      leaseSeconds: seconds(90, 600).default(120),
      /**
       * The accounts whose fund-flow bills are downloaded each day and tied to the trades, where
       * the channel offers them: API v3 with a merchant's own number. `FEES` where fees are taken
       * from an account of their own. None: no day's cash is looked for.
       */
      cashAccounts: z.array(z.enum(CASH_ACCOUNTS)).max(CASH_ACCOUNTS.length).default(['BASIC']),
    })
    .refine(({ fromHour, finalHour }) => fromHour < finalHour, {
      error: 'must have its finalHour after its fromHour',
    })
    .prefault({}),
  retention: z
    .strictObject({
      /** How long a processed message is kept, in days. WeChat Pay redelivers for 2. */
      doneMessageDays: z.int().min(7).max(3650).default(30),
      /** How long a dead message is kept, in days. Until then it can be replayed. */
      deadMessageDays: z.int().min(30).max(3650).default(365),
      /**
       * How long an unverified message is kept, in days, in whatever state. WeChat Pay redelivers
       * its own for 2.
       */
      unverifiedMessageDays: z.int().min(1).max(365).default(7),
      /**
       * How long statement runs and bills are kept, in days: longer than the 90 days for which
       * WeChat Pay offers a bill.
       */
      statementDays: z.int().min(100).max(3650).default(400),
      /**
       * How long an order keeps its payer, cart and `attach`, in days from its creation; null: as
       * long as the order, which is always. An order that has not ended keeps them.
       */
      personalDays: z.int().min(90).max(3650).nullable().default(null),
    })
    .prefault({}),
  watchdog: z
    .strictObject({
      /**
       * Who receives notices: group robots of WeCom (企业微信), Feishu (飞书) and DingTalk (钉钉), and your
       * own webhooks.
       */
      targets: z
        .array(alarmTarget)
        .max(10)
        .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, {
          error: 'must each have a name of its own',
        })
        .default([]),
      /** How long a cause must stay quiet before the all-clear. */
      calmMinutes: z.int().min(0).max(DAY_MINUTES).default(15),
      /** Dead letters count when they were first received within this many hours. */
      deadLetterHours: z.int().min(1).max(720).default(24),
      /** Payments that became known within this many hours are checked for a missing callback. */
      silentCallbackHours: z.int().min(1).max(168).default(6),
      /** Fewer payments without a callback than this raise no alarm. */
      silentCallbacksAtLeast: z.int().min(1).max(10_000).default(3),
      /**
       * An order that is pending this long after its payment deadline is an unknown payment. WeChat
       * Pay closes an order it never saw after an hour.
       */
      unknownAfterMinutes: z.int().min(10).max(10_080).default(120),
      /**
       * A paid order whose fulfilment is still due this long after its payment deadline is late.
       */
      unfulfilledAfterMinutes: z.int().min(1).max(10_080).default(15),
      /**
       * Alarms first notify at half of their threshold, then at 70, 90 and 100 %. docs/runbook.md
       * explains each.
       */
      alarms: z
        .strictObject({
          /** Seconds. */
          oldest_due_message: alarm(300, 60),
          backlog: alarm(1_000, 60),
          dead_letters: alarm(2, DAY_MINUTES),
          /** Messages that ended their worker three times. */
          suspect_messages: alarm(1, 360),
          unknown_payments: alarm(2, 360),
          /** Percent of the payments. */
          silent_callbacks: alarm(20, 360, 100),
          /** Minutes after statement.fromHour; half of 60 is 10:30. */
          missing_statement: alarm(60, 120),
          open_discrepancies: alarm(2, DAY_MINUTES),
          failing_fulfilment: alarm(2, 60, 200),
          abnormal_refunds: alarm(1, DAY_MINUTES),
          /** Refunds in progress for more than refunds.overdueDays. */
          overdue_refunds: alarm(1, DAY_MINUTES),
          /** What operators paused: a reminder in every window while it stands. */
          paused_work: alarm(1, 240, 1),
          missing_api_token: alarm(1, 60, 1),
          /** API v3: notifications signed with a key that is not configured. */
          unknown_key: alarm(1, 60, 1),
          /** API v3: the clock of WeChat Pay and ours differ by more than 5 minutes. */
          clock_skew: alarm(1, 60, 1),
        })
        .prefault({}),
    })
    .prefault({}),
  timers: z.strictObject(recordOf(WORKER_NAMES, (name) => cron.default(WORKERS[name].timer))).prefault({}),
  /** Hours in which timers work seldom. Null: never. See `quietHours` in docs/scale.md. */
  quietHours: quietHours.nullable().default(null),
  functions: z
    .strictObject(recordOf([...FUNCTION_NAMES, ...WORKER_NAMES], (name) => functionLimits(limitsOf(name))))
    .prefault({}),
  /** Where everything is stored. */
  store: z
    .strictObject({
      /**
       * Cloud functions only: how many connections the environment's plan allows its database, such
       * as 20, 50, 100, 200, 300, 400, 500 or 1000. One request takes one. Workers leave a quarter,
       * at least 5, to callbacks.
       */
      connections: z.int().min(20).max(10_000).default(200),
      /**
       * Your own server only: which database it must find. Null: MySQL where DATABASE_URL is set,
       * otherwise SQLite in the data folder.
       */
      kind: z.enum(['sqlite', 'mysql']).nullable().default(null),
    })
    .prefault({}),
  /** OpenTelemetry traces of payments (docs/tracing.md). Null: none; their code is not loaded. */
  tracing: tracingSettings.nullable().default(null),
  log: z
    .strictObject({ level: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info') })
    .prefault({}),
  /** Your own server only (`npm start`). */
  server: serverSettings,
  /** Cloud functions only (`npm run build`). */
  cloud: z
    .strictObject({
      /**
       * The address of the HTTP access service (HTTP 访问服务), of which `notify_url` is made. Needed
       * with a merchant on the channel v3, and bound as in docs/deploy.md, step 14.
       */
      callbackUrl: publicAddress('https://prod-8gxvz0f70375accc.service.tcloudbase.com'),
      /** The Node.js of new functions. Where an environment refuses it, take the next older one. */
      runtime: z.enum(CLOUD_RUNTIMES).default(RECOMMENDED_RUNTIME),
    })
    .prefault({}),
  simulator: z
    .strictObject({
      /**
       * Whether the server's WeChat Pay is simulated. Null: yes for `npm start`, no for
       * `dist/server` and the container image. Cloud functions never simulate.
       */
      enabled: z.boolean().nullable().default(null),
      /**
       * How much faster than on WeChat Pay's own schedule the simulator redelivers notifications.
       */
      speed: z.number().min(1).max(10_000).default(60),
    })
    .prefault({}),
});

/** Every setting as it is written, with its default, in the units that its name says. */
export type WrittenConfig = z.output<typeof writtenConfig>;
