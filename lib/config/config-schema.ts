import { z } from 'zod';
import {
  fenAmount,
  seconds,
  share,
  askAfterMinutes,
  backoff,
  cron,
  openId,
  merchant,
  alarm,
  DAY_MINUTES,
  alarmTarget,
  gateway,
  functionLimits,
} from './fields';

/** Every setting, what it may be, and what it is when it is left out. `config.schema.json` is made from this. */
export const configSchema = z.strictObject({
  $schema: z.string().optional(),
  /** The full id of the cloud environment, such as `prod-8gxvz0f70375accc`, never its alias; null asks the environment itself. */
  envId: z
    .string()
    .regex(/^[a-z][a-z0-9-]*-[0-9a-z]{8,}$/, {
      error: 'must be the full environment id, such as "prod-8gxvz0f70375accc", not its alias',
    })
    .nullable()
    .default(null),
  /** Your merchant numbers; orders use the first unless merchant/price.ts names another. */
  merchants: z.tuple([merchant], merchant),
  orders: z
    .strictObject({
      numberPrefix: z
        .string()
        .regex(/^[0-9A-Za-z_-]{0,8}$/, { error: 'must be at most 8 of 0-9 A-Z a-z _ -' })
        .default(''),
      payableMinutes: z.int().min(5).max(1440).default(30),
      askAgainSeconds: seconds(1, 3600).default(5),
      /** Money that comes for a closed order: waits for an operator, pays the order after all, or goes back. */
      lateMoney: z.enum(['hold', 'fulfil', 'refund']).default('hold'),
      /** In fen: a larger order that a callback reported paid is held until WeChat Pay confirms it by one query. Null: never. */
      verifyAbove: z.int().min(0).nullable().default(null),
    })
    .prefault({}),
  inbox: z
    .strictObject({
      batch: share.default(100),
      /** Room for one query of 10 s and for what it says to be stored. */
      leaseSeconds: seconds(20, 600).default(60),
      attempts: z.int().min(1).max(100).default(20),
      backoff: backoff(5, 600),
      missingOrderMinutes: z.int().min(0).max(2880).default(60),
      queryConcurrency: z.int().min(1).max(50).default(5),
      /** What unverified messages may take, in MB, each counted as 8 KB: 64 are 8,192 messages. A full quota refuses no believed one. */
      unverifiedMegabytes: z.int().min(1).max(10_240).default(64),
      ackBudgetMs: z.int().min(500).max(4500).default(2500),
    })
    .prefault({}),
  reconcileOrders: z
    .strictObject({
      /**
       * Minutes from an order's creation after which it is queried while nothing was heard, rising; the last gap is repeated. null derives
       * them from orders.payableMinutes: while an order can be paid the gaps keep below 9 minutes, so that a payment whose callback is lost
       * is known within 10 minutes.
       */
      askAfterMinutes: askAfterMinutes.nullable().default(null),
      concurrency: z.int().min(1).max(50).default(5),
      /** Questions to WeChat Pay begun per second. */
      perSecond: z.int().min(1).max(100).default(20),
      batch: share.default(100),
    })
    .prefault({}),
  refunds: z
    .strictObject({
      /**
       * Minutes from a refund's creation after which it is asked for again, or asked about once WeChat Pay took it, while nothing was
       * heard; the last gap is repeated. A refund to a balance takes minutes, one to a bank card up to three working days.
       */
      askAfterMinutes: askAfterMinutes.default([1, 5, 30, 120, 720, 1440]),
      /** How long to wait after WeChat Pay said that your funds do not suffice. */
      fundsRetryMinutes: z.int().min(1).max(10_080).default(60),
      /** Which of your funds refunds are taken from: what WeChat Pay has not settled with you yet, or your available balance. */
      source: z.enum(['unsettled', 'available']).default('unsettled'),
      /** A refund older than this that has not ended is an error in the log at every question. */
      overdueDays: z.int().min(1).max(365).default(7),
      concurrency: z.int().min(1).max(50).default(3),
      /** Questions to WeChat Pay begun per second, by all runs together. Of requests that fail it allows 6. */
      perSecond: z.int().min(1).max(100).default(5),
      batch: share.default(100),
      /**
       * What operators may refund, in fen: one refund, all of one operator on a Beijing day, and those of all operators on a Beijing day;
       * null: no limit. The merchant's own functions have none, and what they refund does not count.
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
  ops: z
    .strictObject({
      /** The OPENIDs of operators: they may refund and use the `ops` function from the mini program. Without any, only the developer tools may. */
      operators: z.array(openId).max(100).default([]),
      /** The OPENIDs of those who may look at what operators see, and change nothing. */
      readers: z.array(openId).max(100).default([]),
      /**
       * The origin the console is served from as a static site, when the `ops` function itself answers browsers (跨域校验 off in the HTTP
       * access service); null when no page of another origin may ask, or the service checks origins itself.
       */
      consoleOrigin: z
        .string()
        .refine(isOrigin, {
          error: 'must be an origin such as "https://ops.example.com", without a path, or null',
        })
        .nullable()
        .default(null),
      /**
       * Where the console as a static site finds this API: the address of the `ops` function's HTTP access with `/ops/api`, or a server's.
       * `npm run build` writes it into the console, which then asks nobody else; null asks whoever signs in.
       */
      apiUrl: z
        .string()
        .refine(isApiUrl, { error: 'must be an address such as "https://example.com/ops/api", or null' })
        .nullable()
        .default(null),
      /**
       * In fen: an order worth more than this, or paid with more, needs a second operator before a payment that does not agree with it
       * counts; null: one is enough.
       */
      secondPersonAbove: fenAmount.nullable().default(null),
      /** The language operators are written to. */
      language: z.enum(['zh', 'en']).default('zh'),
      /** Where your console is; alarms name it. */
      consoleUrl: z
        .string()
        .max(200)
        .refine(isWebAddress, { error: 'must be an http or https address without a password, or null' })
        .nullable()
        .default(null),
    })
    .prefault({}),
  fulfilment: z
    .strictObject({
      /** The name of your own cloud function that delivers; null calls merchant/fulfill.ts. */
      cloudFunction: z
        .string()
        .regex(/^[A-Za-z][\w-]{0,59}$/, { error: 'must be the name of a cloud function' })
        .nullable()
        .default(null),
      concurrency: z.int().min(1).max(50).default(8),
      attempts: z.int().min(1).max(100).default(12),
      timeoutSeconds: seconds(1, 50).default(10),
      quickRetries: z.int().min(0).max(5).default(2),
      backoff: backoff(10, 3600),
    })
    .prefault({}),
  statement: z
    .strictObject({
      /** From this hour of the next day on (Beijing) a day's statement is asked for. WeChat Pay has it from about 10. */
      fromHour: z.int().min(9).max(23).default(10),
      /** From this hour on "no bill" is taken to mean that there is none; before, that it is not made yet. */
      finalHour: z.int().min(10).max(24).default(12),
      notYetMinutes: z.int().min(1).max(240).default(5),
      /** How many days a payment may be absent from the statement of its day before it is called missing. */
      carryOverDays: z.int().min(0).max(30).default(3),
      /** After a download that failed. */
      backoff: backoff(60, 1800),
      /** How often a file that looks damaged on the way is downloaded before it is believed to be so. */
      fileTries: z.int().min(1).max(20).default(5),
      leaseSeconds: seconds(90, 600).default(120),
    })
    .refine(({ fromHour, finalHour }) => fromHour < finalHour, {
      error: 'must have its finalHour after its fromHour',
    })
    .prefault({}),
  retention: z
    .strictObject({
      /** How long a message that was dealt with is kept, in days. WeChat Pay repeats a notification for 2. */
      doneMessageDays: z.int().min(7).max(3650).default(30),
      /** How long a buried message is kept, in days: until then it can be replayed. */
      deadMessageDays: z.int().min(30).max(3650).default(365),
      /** How long an unverified message is kept, in days, whatever became of it. WeChat Pay repeats its own for 2. */
      unverifiedMessageDays: z.int().min(1).max(365).default(7),
      /** How long statement runs and the files of WeChat Pay are kept, in days: longer than the 90 for which they can be had again. */
      statementDays: z.int().min(100).max(3650).default(400),
    })
    .prefault({}),
  watchdog: z
    .strictObject({
      /** Who is told: group robots of WeCom (企业微信), Feishu (飞书) and DingTalk (钉钉), and webhooks of your own. */
      targets: z
        .array(alarmTarget)
        .max(10)
        .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, {
          error: 'must each have a name of its own',
        })
        .default([]),
      /** How long a cause has to be quiet before the all-clear. */
      calmMinutes: z.int().min(0).max(DAY_MINUTES).default(15),
      /** Dead letters are counted that were first heard of within so many hours. */
      deadLetterHours: z.int().min(1).max(720).default(24),
      /** Callbacks are looked for at payments heard of within so many hours. */
      silentCallbackHours: z.int().min(1).max(168).default(6),
      /** Fewer payments without a callback than this are no alarm. */
      silentCallbacksAtLeast: z.int().min(1).max(10_000).default(3),
      /** An order that is pending this long after it could be paid last is an unknown payment. WeChat Pay closes one it never saw after an hour. */
      unknownAfterMinutes: z.int().min(10).max(10_080).default(120),
      /** An order whose delivery is still due this long after it could be paid last is late. */
      undeliveredAfterMinutes: z.int().min(1).max(10_080).default(15),
      /** The first at half of its threshold, then at 70, 90 and 100 %. docs/runbook.md says what each is. */
      alarms: z
        .strictObject({
          /** Seconds. */
          oldest_due_message: alarm(300, 60),
          backlog: alarm(1_000, 60),
          dead_letters: alarm(2, DAY_MINUTES),
          unknown_payments: alarm(2, 360),
          /** Percent of the payments. */
          silent_callbacks: alarm(20, 360, 100),
          /** Minutes after statement.fromHour; half of 60 is 10:30. */
          missing_statement: alarm(60, 120),
          open_discrepancies: alarm(2, DAY_MINUTES),
          failing_fulfilment: alarm(2, 60, 200),
          abnormal_refunds: alarm(1, DAY_MINUTES),
          missing_api_token: alarm(1, 60, 1),
        })
        .prefault({}),
    })
    .prefault({}),
  timers: z
    .strictObject({
      processInbox: cron.default('*/15 * * * * * *'),
      fulfillOrders: cron.default('*/15 * * * * * *'),
      followRefunds: cron.default('*/30 * * * * * *'),
      // Every minute: a day of a million rows takes several turns of one minute, and is to be known by 10:30.
      reconcileStatement: cron.default('0 * 10-23 * * * *'),
      reconcileOrders: cron.default('*/30 * * * * * *'),
      retain: cron.default('0 */10 1-5 * * * *'),
      /** Half a minute into each span of figures: by then what was heard at the end of the one before has been worked off. */
      watchdog: cron.default('30 */5 * * * * *'),
    })
    .prefault({}),
  functions: z
    .strictObject({
      payCallback: functionLimits(10),
      refundCallback: functionLimits(10),
      // Each puts one question to WeChat Pay, which may take 10 s; a refund puts two.
      createOrder: functionLimits(20, 15),
      queryOrder: functionLimits(20, 15),
      closeOrder: functionLimits(20, 15),
      refundOrder: functionLimits(30, 25),
      queryRefund: functionLimits(20),
      ops: functionLimits(30),
      processInbox: functionLimits(60),
      fulfillOrders: functionLimits(60),
      followRefunds: functionLimits(60, 20),
      // A day's whole statement is in memory while it is downloaded and kept.
      reconcileStatement: functionLimits(60, 40, 512),
      reconcileOrders: functionLimits(60, 20),
      retain: functionLimits(60, 20),
      watchdog: functionLimits(60, 20),
    })
    .prefault({}),
  log: z
    .strictObject({ level: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info') })
    .prefault({}),
  /** Your own server alone (`npm start`). */
  server: z
    .strictObject({
      /**
       * The gateways in front of the server whose `X-WX-SOURCE` and `X-WX-OPENID` are believed: WeChat Cloud Run's, or a proxy that
       * sets these headers itself and strips them from what clients send.
       */
      gateways: z.array(gateway).max(20).default([]),
    })
    .prefault({}),
  simulator: z
    .strictObject({
      enabled: z.boolean().default(true),
      /** How much faster than WeChat Pay's own schedule notifications are repeated. */
      speed: z.number().min(1).max(10_000).default(60),
    })
    .prefault({}),
});

/** Every setting, with its value. */
export type Config = z.infer<typeof configSchema>;

/** TLS everywhere but on this machine: the token travels with every request. */
function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { origin, protocol, hostname } = new URL(text);
  return origin === text && (protocol === 'https:' || hostname === 'localhost' || hostname === '127.0.0.1');
}

function isWebAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return ['http:', 'https:'].includes(protocol) && username === '' && password === '';
}

function isApiUrl(text: string): boolean {
  return (
    URL.canParse(text) && text.endsWith('/ops/api') && isOrigin(new URL(text).origin) && !/[?#@]/.test(text)
  );
}
