import { askAfterOf } from './ask-after-of';
import { billVerdict } from './bill-verdict';
import { differ, minutes, shown, span } from './differ';
import { quietDelays, quietlyKnownWithin } from './quiet-delays';
import { operatorContradictions, operatorsOf } from './operators';
import { connectionShares, sharesFit } from './connection-shares';
import {
  DENSE_GAP,
  derivedAskAfter,
  firstAskAfter,
  JITTER,
  KNOWN_WITHIN_MINUTES,
  longestSilence,
} from './ask-after';
import type { WrittenConfig } from './written';
import { longestGap, timesOfDay } from './cron-times';

/*
 * Settings that are valid one by one but contradict each other. Each rule names both settings,
 * their values and what would be allowed. A configuration that breaks a guarantee is refused (G8).
 */

/** A worker run ends this long before the platform would kill its function, in seconds. */
const RUN_MARGIN_SECONDS = 1.5;
/** Seconds that fulfilling one order needs on top of the merchant's own time. */
const FULFIL_MARGIN_SECONDS = 5;
/** The least connections with which the database trigger can be used. */
const TRIGGER_CONNECTIONS = 200;
/** Seconds a callback needs after its store budget to send its answer. */
const ANSWER_MARGIN_SECONDS = 0.5;
/**
 * An order that WeChat Pay never saw is closed at least this long after its payment deadline, in
 * minutes.
 */
const SETTLED_MINUTES = 60;
/** A refund is requested or queried this many minutes after the age that is configured, at most. */
const REFUND_LATE_MINUTES = 5;
/**
 * A bill that is not ready yet is requested again within this many minutes, which leaves 15 to
 * compare it by 10:30.
 */
const BILL_WITHIN_MINUTES = 15;
/**
 * The result of a statement run must be known by this time of the next day, in minutes since
 * midnight: 10:30.
 */
const STATEMENT_BY = 630;

/** Where the settings are used: as cloud functions on CloudBase, or by a server. */
export type RunsOn = 'cloud' | 'server';

/**
 * Every contradiction in these settings, one line each. Empty when the settings can be used there:
 * a server has no connections to share with callbacks. Pure.
 */
export function contradictionsIn(config: WrittenConfig, runsOn: RunsOn): readonly string[] {
  const seldom = orderQueries(config);
  return [
    ...(seldom.length > 0 ? seldom : ordersNeverSeen(config)),
    ...backoffs(config),
    ...functionLimits(config),
    ...(runsOn === 'cloud' ? connections(config) : publicAccess(config)),
    ...workersOften(config),
    ...statements(config),
    ...watching(config),
    ...keeping(config),
    ...quietHours(config),
    ...operatorContradictions(operatorsOf(config.ops)),
  ];
}

function orderQueries(config: WrittenConfig): readonly string[] {
  const { orders, reconcileOrders, timers } = config;
  const askAfter = askAfterOf(config);
  const gap = longestGap(timers.reconcileOrders);
  const silence = longestSilence(askAfter, orders.payableMinutes, gap);
  if (silence <= KNOWN_WITHIN_MINUTES) return [];
  if (longestSilence(askAfter, orders.payableMinutes, 0) <= KNOWN_WITHIN_MINUTES - 0.5) {
    const allowed = `a timer that runs every ${Math.floor((KNOWN_WITHIN_MINUTES - DENSE_GAP * (1 + JITTER)) * 60)} s or more often, all day`;
    return [
      differ(
        ['timers.reconcileOrders', timers.reconcileOrders],
        ['reconcileOrders.askAfterMinutes', reconcileOrders.askAfterMinutes],
        `a payment without a callback would be known after ${minutes(silence)}, not within ${KNOWN_WITHIN_MINUTES} min`,
        allowed,
      ),
    ];
  }
  const allowed = `no gap above ${DENSE_GAP} minutes before minute ${orders.payableMinutes}, such as null, which derives ${derivedAskAfter(orders.payableMinutes).length} queries`;
  return [
    differ(
      ['orders.payableMinutes', orders.payableMinutes],
      ['reconcileOrders.askAfterMinutes', reconcileOrders.askAfterMinutes],
      `a payment without a callback would be known after ${minutes(silence)}, not within ${KNOWN_WITHIN_MINUTES} min`,
      allowed,
    ),
  ];
}

function ordersNeverSeen(config: WrittenConfig): readonly string[] {
  const { orders, reconcileOrders, watchdog } = config;
  const settled = firstAskAfter(askAfterOf(config), orders.payableMinutes + SETTLED_MINUTES);
  const ends = settled - orders.payableMinutes + (config.quietHours?.everyMinutes ?? 0);
  if (ends <= watchdog.unknownAfterMinutes || watchdog.alarms.unknown_payments.threshold === null) return [];
  return [
    differ(
      ['watchdog.unknownAfterMinutes', watchdog.unknownAfterMinutes],
      ['reconcileOrders.askAfterMinutes', reconcileOrders.askAfterMinutes],
      `an unpaid order is closed up to ${minutes(ends)} after its payment deadline, and the alarm for unknown payments would fire before that`,
      `watchdog.unknownAfterMinutes of at least ${Math.ceil(ends)}`,
    ),
  ];
}

function backoffs({ inbox, fulfilment, statement }: WrittenConfig): readonly string[] {
  return Object.entries({ inbox, fulfilment, statement }).flatMap(([name, { backoff }]) =>
    backoff.firstSeconds <= backoff.maxSeconds
      ? []
      : [
          differ(
            [`${name}.backoff.firstSeconds`, backoff.firstSeconds],
            [`${name}.backoff.maxSeconds`, backoff.maxSeconds],
            'the first wait is longer than the longest',
            `firstSeconds of at most ${backoff.maxSeconds}`,
          ),
        ],
  );
}

function functionLimits({ inbox, fulfilment, functions }: WrittenConfig): readonly string[] {
  const found: string[] = [];
  for (const name of ['payCallback', 'refundCallback'] as const) {
    const needs = inbox.ackBudgetMs / 1000 + ANSWER_MARGIN_SECONDS;
    if (functions[name].timeoutSeconds >= needs) continue;
    found.push(
      differ(
        ['inbox.ackBudgetMs', inbox.ackBudgetMs],
        [`functions.${name}.timeoutSeconds`, functions[name].timeoutSeconds],
        'the platform would kill the function before it answers WeChat Pay',
        `timeoutSeconds of at least ${Math.ceil(needs)}`,
      ),
    );
  }
  const turn = fulfilment.timeoutSeconds + FULFIL_MARGIN_SECONDS + RUN_MARGIN_SECONDS;
  if (functions.fulfillOrders.timeoutSeconds < turn) {
    found.push(
      differ(
        ['fulfilment.timeoutSeconds', fulfilment.timeoutSeconds],
        ['functions.fulfillOrders.timeoutSeconds', functions.fulfillOrders.timeoutSeconds],
        'no run would have the time to start a single order',
        `functions.fulfillOrders.timeoutSeconds of at least ${Math.ceil(turn)}`,
      ),
    );
  }
  return found;
}

function connections(config: WrittenConfig): readonly string[] {
  const { store, inbox, fulfilment, timers } = config;
  if (!sharesFit(config)) {
    return [
      differ(
        ['store.connections', store.connections],
        ['timers', timers],
        'more runs would overlap than there are connections, and notifications would be refused',
        'more connections, or timers that run less often',
      ),
    ];
  }
  if (inbox.databaseTrigger && store.connections < TRIGGER_CONNECTIONS) {
    return [
      differ(
        ['inbox.databaseTrigger', inbox.databaseTrigger],
        ['store.connections', store.connections],
        'database triggers exist in pay-as-you-go environments only, which have 1000 connections',
        `store.connections of at least ${TRIGGER_CONNECTIONS}`,
      ),
    ];
  }
  const { runs, runSeconds } = connectionShares(config).fulfillOrders;
  const turn = fulfilment.timeoutSeconds + FULFIL_MARGIN_SECONDS + RUN_MARGIN_SECONDS;
  if (runSeconds >= turn || config.functions.fulfillOrders.timeoutSeconds < turn) return [];
  return [
    differ(
      ['fulfilment.runs', runs],
      ['timers.fulfillOrders', timers.fulfillOrders],
      `a run would have to end after ${runSeconds} s, and could not start a single order`,
      `more runs, or a timer that runs every ${Math.ceil(turn / runs)} s or less often`,
    ),
  ];
}

/** A mark that only the platform can set must not be believed of what the internet sends. */
function publicAccess({ server: { publicAccess, publicUrl } }: WrittenConfig): readonly string[] {
  if (publicAccess || publicUrl === null) return [];
  return [
    differ(
      ['server.publicAccess', publicAccess],
      ['server.publicUrl', publicUrl],
      'WeChat Pay reaches that address over the internet, and so does anybody, who could set X-WX-SOURCE',
      'publicAccess of true, or publicUrl of null',
    ),
  ];
}

function workersOften({ timers, watchdog, refunds }: WrittenConfig): readonly string[] {
  const most: readonly (readonly [keyof WrittenConfig['timers'], number, string, unknown])[] = [
    [
      'fulfillOrders',
      watchdog.unfulfilledAfterMinutes * 60,
      'watchdog.unfulfilledAfterMinutes',
      watchdog.unfulfilledAfterMinutes,
    ],
    [
      'followRefunds',
      Math.max(REFUND_LATE_MINUTES, refunds.askAfterMinutes[0]) * 60,
      'refunds.askAfterMinutes',
      refunds.askAfterMinutes,
    ],
  ];
  const found = most.flatMap(([name, seconds, other, value]) =>
    longestGap(timers[name]) <= seconds
      ? []
      : [
          differ(
            [`timers.${name}`, timers[name]],
            [other, value],
            `the timer runs only every ${span(longestGap(timers[name]))}`,
            `a timer that runs every ${seconds} s or more often, all day`,
          ),
        ],
  );
  if (longestGap(timers.processInbox) > 60) {
    const gap = span(longestGap(timers.processInbox));
    found.push(
      `  timers.processInbox (was ${shown(timers.processInbox)}): a notification must be applied within 60 s, but the timer runs only every ${gap}; it must run every 60 s or more often, all day`,
    );
  }
  return found;
}

function statements({ statement, timers }: WrittenConfig): readonly string[] {
  const found = billVerdict(statement);
  const { fromHour, finalHour, notYetMinutes } = statement;
  if (fromHour * 60 + BILL_WITHIN_MINUTES > STATEMENT_BY) {
    found.push(
      `  statement.fromHour (was ${fromHour}): the result of a day must be known by 10:30 of the next, so it must be at most ${Math.floor((STATEMENT_BY - BILL_WITHIN_MINUTES) / 60)}`,
    );
    return found;
  }
  const times = timesOfDay(timers.reconcileStatement) ?? [];
  const inTime = times.filter((at) => at >= fromHour * 3600 && at <= STATEMENT_BY * 60);
  const gaps = inTime.map((at, n) => (n === 0 ? at - fromHour * 3600 : at - (inTime[n - 1] ?? at)));
  const gap = Math.max(...gaps, STATEMENT_BY * 60 - (inTime.at(-1) ?? Number.NEGATIVE_INFINITY));
  if (notYetMinutes + gap / 60 > BILL_WITHIN_MINUTES) {
    found.push(
      differ(
        ['statement.notYetMinutes', notYetMinutes],
        ['timers.reconcileStatement', timers.reconcileStatement],
        `between ${fromHour}:00 and 10:30 a bill would be requested only every ${span(notYetMinutes * 60 + gap)}`,
        `both together within ${BILL_WITHIN_MINUTES} minutes`,
      ),
    );
  }
  if (!times.some((at) => at >= Math.min(finalHour, 23) * 3600)) {
    found.push(
      differ(
        ['statement.finalHour', finalHour],
        ['timers.reconcileStatement', timers.reconcileStatement],
        'the timer never runs after it, so a day without trades would never finish',
        'a timer that still runs after finalHour, every day',
      ),
    );
  }
  return found;
}

function watching({ watchdog, timers }: WrittenConfig): readonly string[] {
  const found: string[] = [];
  const gap = longestGap(timers.watchdog);
  for (const [name, { threshold, windowMinutes }] of Object.entries(watchdog.alarms)) {
    if (threshold === null || gap <= windowMinutes * 60) continue;
    found.push(
      differ(
        [`watchdog.alarms.${name}.windowMinutes`, windowMinutes],
        ['timers.watchdog', timers.watchdog],
        `the watchdog runs only every ${span(gap)}`,
        `a window of at least ${Math.ceil(gap / 60)} minutes, or a timer that runs more often`,
      ),
    );
  }
  const oldest = watchdog.alarms.oldest_due_message.threshold;
  const inbox = longestGap(timers.processInbox);
  if (oldest !== null && oldest < 2 * inbox) {
    found.push(
      differ(
        ['watchdog.alarms.oldest_due_message.threshold', oldest],
        ['timers.processInbox', timers.processInbox],
        `messages can be due for ${span(inbox)} in normal operation, and the alarm already fires at half of its threshold`,
        `a threshold of at least ${2 * inbox} seconds`,
      ),
    );
  }
  return found;
}

/** In quiet hours the promises of the day do not hold: the setting names what takes their place. */
function quietHours(config: WrittenConfig): readonly string[] {
  const { quietHours: quiet, watchdog } = config;
  if (quiet === null) return [];
  const found: string[] = [];
  const known = quietlyKnownWithin(config, quiet);
  if (quiet.knownWithinMinutes < known) {
    found.push(
      `  quietHours.knownWithinMinutes (was ${quiet.knownWithinMinutes}): ${quietDelays(config, quiet)}; if that is what you want, it must be ${known}`,
    );
  }
  if (quiet.everyMinutes > watchdog.unfulfilledAfterMinutes) {
    found.push(
      differ(
        ['quietHours.everyMinutes', quiet.everyMinutes],
        ['watchdog.unfulfilledAfterMinutes', watchdog.unfulfilledAfterMinutes],
        'each order that is paid at night would be late',
        `unfulfilledAfterMinutes of at least ${quiet.everyMinutes}`,
      ),
    );
  }
  for (const [name, { threshold, windowMinutes }] of Object.entries(watchdog.alarms)) {
    if (threshold === null || quiet.everyMinutes <= windowMinutes) continue;
    found.push(
      differ(
        ['quietHours.everyMinutes', quiet.everyMinutes],
        [`watchdog.alarms.${name}.windowMinutes`, windowMinutes],
        'the watchdog would not come within the window',
        `a window of at least ${quiet.everyMinutes} minutes`,
      ),
    );
  }
  return found;
}

function keeping({ retention, statement, refunds, watchdog }: WrittenConfig): readonly string[] {
  const rules: readonly (readonly [string, number, string, number, string])[] = [
    [
      'statement.carryOverDays',
      statement.carryOverDays,
      'retention.doneMessageDays',
      retention.doneMessageDays,
      'the evidence of a carried-over discrepancy would be deleted before the discrepancy opens',
    ],
    [
      'refunds.overdueDays',
      refunds.overdueDays,
      'retention.deadMessageDays',
      retention.deadMessageDays,
      'the messages about a refund would be deleted before it counts as overdue',
    ],
    [
      'watchdog.deadLetterHours',
      watchdog.deadLetterHours / 24,
      'retention.deadMessageDays',
      retention.deadMessageDays,
      'dead letters would be deleted while the alarm still counts them',
    ],
  ];
  return rules.flatMap(([name, days, other, kept, why]) =>
    days < kept
      ? []
      : [
          differ(
            [name, name.endsWith('Hours') ? days * 24 : days],
            [other, kept],
            why,
            `${other} above ${Math.floor(days)}`,
          ),
        ],
  );
}
