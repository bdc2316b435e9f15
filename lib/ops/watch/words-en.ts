import type { AlarmUnit } from '../../model/alarm';
import type { Words } from './words';

/** What the watchdog says in English. */
export const englishWords: Words = {
  causes: {
    oldest_due_message: {
      name: 'messages not worked off',
      title: 'a message has been due for {value}',
      what: 'Notifications are stored and nobody works them off: paid orders stay unpaid here.',
      first: 'See whether processInbox runs: its trigger, then its log.',
    },
    backlog: {
      name: 'backlog',
      title: 'messages waiting: {value}',
      what: 'More notifications come in than are worked off, or something they need is away.',
      first:
        'See in the log of processInbox what its runs end with (inbox_run), then whether the database answers.',
    },
    dead_letters: {
      name: 'dead letters',
      title: 'notifications given up lately: {value}',
      what: 'They were tried as often as is allowed, or contradict their order. Each may be money.',
      first:
        'Open the dead messages and read the reason of each; fix it and replay, or bury it with a reason.',
    },
    unknown_payments: {
      name: 'unknown payments',
      title: 'orders of which nobody knows whether they are paid: {value}',
      what: 'They should be paid or closed by now, or asked about, and are not.',
      first: 'See whether reconcileOrders runs, and what WeChat Pay answers it (order_asked).',
    },
    silent_callbacks: {
      name: 'silent callbacks',
      title: 'payments that came without a callback: {value}',
      what: 'WeChat Pay does not reach payCallback. Orders are still found paid by asking, but minutes late.',
      first:
        'See whether payCallback is called at all and what it answers; then envId, which must be the full id.',
    },
    missing_statement: {
      name: 'missing statement',
      title: 'a statement has been due for {value}',
      what: 'A day is not proved against WeChat Pay’s statement, so a payment nobody told of would not be found.',
      first: 'See the run of the day in the console: it says what it waits for.',
    },
    open_discrepancies: {
      name: 'open discrepancies',
      title: 'open discrepancies: {value}',
      what: 'Here and at WeChat Pay the books do not say the same.',
      first: 'Open them in the console, the largest amounts first, and end each with a reason.',
    },
    failing_fulfilment: {
      name: 'failing fulfilment',
      title: 'paid orders not delivered: {value}',
      what: 'Customers have paid and have got nothing: delivery was given up, or takes far too long.',
      first:
        'Read the reason at one of them, fix merchant/fulfill.ts or what it calls, then retry the fulfilments.',
    },
    abnormal_refunds: {
      name: 'abnormal refunds',
      title: 'refunds stuck at the payer’s bank: {value}',
      what: 'WeChat Pay cannot pay back: the card or account takes no money.',
      first: 'Handle each in the merchant platform (交易中心, 退款查询).',
    },
    missing_api_token: {
      name: 'missing API token',
      title: 'a worker may not ask WeChat Pay',
      what: 'Its runs carry no token for cloud calls: orders that hear nothing, refunds or statements wait.',
      first:
        'Upload its trigger with the WeChat developer tools. The log names the worker (api_token_missing).',
    },
  },
  alarm: (level, title) => `[ALARM ${level}%] ${title}`,
  over: (name) => `[OVER] ${name}`,
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
      return `${value} %`;
    case 'count':
      return String(value);
  }
}

function englishSpan(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h`;
}
