/** The words for what is paused, and for what the audit log records. */
export const enWork = {
  pause: {
    pause: 'Pause',
    resume: 'Resume',
    paused: 'paused',
    merchant: 'Merchant',
    title: (name: string) => `Pause ${name}`,
    help: {
      worker: 'Its runs start no work. What is due stays due; no attempt is spent. Callbacks go on.',
      fulfillOrders: 'No order is fulfilled, by any worker. Paid orders stay due; no attempt is spent.',
      watchdog: 'No figures and no alarms, except the reminder of what is paused.',
      merchant:
        'Workers fulfil none of its orders and send WeChat Pay nothing about them. Verified messages are applied; bills are compared.',
    },
    until: 'Until',
    untilResumed: 'somebody resumes it',
    hours: (hours: number) => `${hours} h from now`,
    done: (name: string) => `Paused: ${name}`,
    resumed: (name: string) => `Resumed: ${name}`,
    by: (who: string, reason: string) => `${who}: ${reason}`,
    ends: (time: string) => `until ${time}`,
    banner: (count: number) => `Paused: ${count}`,
  },
  recorded: {
    replay_matching: 'Replay by filter',
    unmask_payer: 'Show payer',
    test_notices: 'Test notice',
    test_fulfilment: 'Test call of your system',
    give_fund_flow: 'Gave fund-flow bill',
    outcome: { begun: 'begun', done: 'done', refused: 'refused', failed: 'failed' },
    subject: {
      message: 'message',
      order: 'order',
      refund: 'refund',
      discrepancy: 'discrepancy',
      run: 'statement run',
      alarm: 'alarm',
      database: 'database',
      webhook: 'your system',
      session: 'sign-in',
      approval: 'request for approval',
      bulk: 'bulk action',
      worker: 'worker',
      merchant: 'merchant',
      month: 'month',
      import: 'import',
    },
  },
};

/** These words; the Chinese ones derive from it. */
export type WorkWords = typeof enWork;
