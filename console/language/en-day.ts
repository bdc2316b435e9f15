/** The words for today's money, for finding orders, for issues and for bulk actions. */
export const enDay = {
  today: {
    title: 'Today',
    asOf: (time: string) => `until ${time}, Beijing`,
    money: { paid: 'Paid', refunded: 'Refunded', held: 'On hold', failed: 'Fulfilment failed' },
    count: (n: string) => (n === '1' ? '1 order' : `${n} orders`),
    refunds: (n: string) => (n === '1' ? '1 refund' : `${n} refunds`),
    yesterday: 'yesterday',
    lastWeek: 'a week ago',
    /** The money at this time of that day, and by how much today differs. */
    against: (day: string, money: string, change: string) => `${day} ${money} ${change}`,
    same: '±0 %',
  },
  find: {
    sort: 'Sort',
    sorts: {
      newest: 'newest first',
      oldest: 'oldest first',
      largest: 'largest amount first',
      smallest: 'smallest amount first',
    },
    by: {
      prefix: (text: string) => `Order numbers that begin with ${text}`,
      amount: (text: string) => `Orders of ${text}`,
      payer: (text: string) => `Orders of payers whose id ends with ${text}`,
    },
    all: 'Show the list',
    sum: (n: string, money: string) => `${n} orders, ${money} in all`,
  },
  issue: {
    owner: (who: string) => `owner: ${who}`,
    muted: (time: string) => `muted until ${time}`,
    care: 'Take or mute',
    take: 'Take it',
    giveBack: 'Give it back',
    mute: 'Mute',
    unmute: 'Unmute',
    until: 'Mute for',
    hours: (hours: number) => `${hours} h`,
    help: 'Robots send nothing more about it until then, unless it gets worse. If it is still there then, they send it again.',
    record: {
      take_issue: 'Take issue',
      give_back_issue: 'Give back issue',
      mute_issue: 'Mute issue',
      unmute_issue: 'Unmute issue',
    },
    done: {
      take: (name: string) => `With you: ${name}`,
      give_back: (name: string) => `No owner: ${name}`,
      mute: (name: string) => `Muted: ${name}`,
      unmute: (name: string) => `No longer muted: ${name}`,
    },
  },
  bulk: {
    all: 'All that match',
    title: (action: string) => `${action}: all that match`,
    count: (n: string, money: string | null) =>
      money === null ? `${n} items` : `${n} items, ${money} in all`,
    /** The sum of a list that goes on. */
    atLeast: (money: string) => `at least ${money}`,
    leftOut: (n: string) => `${n} more of the list are left out: the action does not apply to them now.`,
    more: (n: string) => `The list is longer: this takes the first ${n} only. Start again for the rest.`,
    needsApproval: 'A second person must approve it before anything happens.',
    none: 'The action applies to no item of this list.',
    start: (n: string) => `Start with ${n}`,
    approved: 'approved; open its page to carry it out',
    goesOn: 'It goes on while this page is open anywhere.',
    waits: 'It waits for a second person.',
    cancel: 'Cancel the rest',
    state: {
      waiting: 'waiting for approval',
      running: 'running',
      cancelled: 'cancelled',
      done: 'done',
      declined: 'declined',
      expired: 'approval expired',
    },
    declined: (who: string, reason: string) => `${who} declined it: ${reason}`,
    expired: 'Nobody approved it in time. Start it again.',
    tally: {
      done: 'done',
      unchanged: 'unchanged',
      refused: 'refused',
      unknown: 'outcome unknown',
      begun: 'in progress',
      left: 'left',
    },
    unknown: 'Items with an unknown outcome are not started again. Check each of them.',
    record: {
      start_bulk: 'Bulk action',
      cancel_bulk: 'Cancel a bulk action',
      import_orders: 'Import orders',
    },
  },
};

/** These words; the Chinese ones derive from it. */
export type DayWords = typeof enDay;
