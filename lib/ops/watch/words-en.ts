import type { AlarmUnit } from '../../model/alarm';
import type { Words } from './words';

/** The texts of the watchdog in English. */
export const englishWords: Words = {
  causes: {
    oldest_due_message: {
      name: 'message overdue',
      title: 'the oldest due message has waited {value}',
      what: 'Notifications are stored, but nothing is processing them: paid orders stay unpaid here.',
      first: 'Check that processInbox runs: first its trigger, then its log.',
    },
    backlog: {
      name: 'inbox backlog',
      title: 'pending messages: {value}',
      what: 'Notifications arrive faster than they are processed, or something they depend on is down.',
      first: 'Check how processInbox runs end in its log (inbox_run), then whether the database responds.',
    },
    dead_letters: {
      name: 'dead letters',
      title: 'recent dead letters: {value}',
      what: 'They need a person: each contradicts its order, cannot be read, or was not confirmed. Each may be money.',
      first:
        'Open the dead messages and read the reason of each. Fix the cause and replay, or dismiss it with a reason.',
    },
    suspect_messages: {
      name: 'messages that stop the worker',
      title: 'messages that seem to stop their worker: {value}',
      what: 'Each was claimed three times and no worker came back with a result. It is claimed alone now, so it delays no other.',
      first:
        'Open the pending messages that are claimed alone, and find how the runs that claimed them ended (message_claimed_alone).',
    },
    unknown_payments: {
      name: 'unknown payments',
      title: 'orders whose payment is unknown: {value}',
      what: 'They should be paid or closed by now, or a query is overdue.',
      first: 'Check that reconcileOrders runs, and how WeChat Pay responds (order_asked).',
    },
    silent_callbacks: {
      name: 'missing callbacks',
      title: '{value} of payments arrived without a callback',
      what: 'WeChat Pay’s calls do not reach payCallback. Queries still find these payments, but minutes late.',
      first:
        'Check whether payCallback is called at all and what it answers; then envId, which must be the full id.',
    },
    missing_statement: {
      name: 'statement run overdue',
      title: 'a statement run is {value} overdue',
      what: 'A day is not reconciled yet. A payment with no callback that day can only be found through its bill.',
      first: 'Open the run of that day in the console: it says what it waits for.',
    },
    open_discrepancies: {
      name: 'open discrepancies',
      title: 'open discrepancies: {value}',
      what: 'Our books and WeChat Pay’s differ.',
      first: 'Open them in the console, largest amount first, and resolve each with a reason.',
    },
    failing_fulfilment: {
      name: 'paid, not fulfilled',
      title: 'paid orders not fulfilled: {value}',
      what: 'Customers have paid and received nothing: fulfilment failed or is long overdue.',
      first:
        'Read the error of one, fix your fulfilment code or system, then retry; refund what can never be fulfilled.',
    },
    abnormal_refunds: {
      name: 'abnormal refunds',
      title: 'abnormal refunds: {value}',
      what: 'WeChat Pay cannot pay the money back: the card or account does not accept it.',
      first: 'Handle each in the merchant platform (交易中心, 退款查询).',
    },
    overdue_refunds: {
      name: 'overdue refunds',
      title: 'overdue refunds: {value}',
      what: 'Nobody has said for days how they ended: no notification, no answer to a query, no bill.',
      first: 'Look for each in the merchant platform (交易中心, 退款查询).',
    },
    paused_work: {
      name: 'paused work',
      title: 'paused by operators: {value}',
      what: 'What is due there stays due until somebody resumes it or the pause ends. Callbacks are still stored.',
      first: 'Open Checks, Workers: each pause names the person and the reason. Resume what may go on.',
    },
    missing_api_token: {
      name: 'missing cloud-call token',
      title: 'a worker has no cloud-call token',
      what: 'It runs without a cloud-call token: order queries, refunds or bill downloads are stalled.',
      first:
        'Upload its trigger with the WeChat developer tools. The log names the worker (api_token_missing).',
    },
    unknown_key: {
      name: 'unknown signing key',
      title: 'WeChat Pay signs with a key that is not configured',
      what: 'Such notifications are encrypted for you, but their signature cannot be checked: they wait for a query, and WeChat Pay redelivers them.',
      first:
        'Compare the key ID in the log (v3_notification_refused) with the merchant platform, and configure that key beside the present one.',
    },
    clock_skew: {
      name: 'clock skew',
      title: 'our clock and WeChat Pay’s differ by more than 5 minutes',
      what: 'Signed notifications wait for a query instead of being believed at once, and signed calls are refused.',
      first:
        'Check the clock of this machine (NTP). If it is right, somebody is replaying old notifications.',
    },
    not_ready: {
      name: 'notifications cannot be stored',
      title: 'no notification could be stored for {value}',
      what: 'WeChat Pay redelivers for two days. Nothing that was acknowledged is affected.',
      first:
        'Open /healthz of the server: it says why. Then look at the disk: full, read-only, damaged, files removed.',
    },
    test: {
      name: 'test',
      title: 'this is a test',
      what: 'An operator sent it to see whether notices arrive here.',
      first: 'Nothing has happened; nothing needs to be done.',
    },
  },
  test: (title) => `[TEST] ${title}`,
  alarm: (level, title) => `[ALARM ${level}%] ${title}`,
  over: (name) => `[CLEARED] ${name}`,
  now: (value) => `Now ${value}.`,
  limit: (threshold) => `Limit ${threshold}.`,
  since: (time) => `Since ${time} (Beijing).`,
  first: (what) => `First: ${what}`,
  runbook: (where) => `Runbook: ${where}`,
  console: (where) => `Console: ${where}`,
  figure: english,
  runbookFile: 'docs/runbook.md',
};

function english(value: number, unit: AlarmUnit): string {
  switch (unit) {
    case 'ms':
      return englishSpan(Math.floor(value / 1000));
    case 'percent':
      return `${value}%`;
    case 'count':
      return String(value);
  }
}

function englishSpan(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h`;
}
