/** English words about operators: their roles, sign-ins and requests for approval. */
export const enPeople = {
  roles: { read: 'Read only', accountant: 'Accountant', refund: 'Refunds', act: 'Read & write' },
  signInLog: 'Sign-in log',
  record: {
    sign_in: 'Signed in',
    sign_in_refused: 'Wrong token',
    sign_out: 'Signed out',
    session_expired: 'Session ended',
    ask_approval: 'Asked for approval',
    approve: 'Approved',
    decline: 'Declined',
  },
  approval: {
    lead: 'Actions that a second person must approve. Approving carries them out as they were asked for.',
    waiting: 'Waiting',
    decided: 'Decided',
    state: { waiting: 'waiting', expired: 'expired', approved: 'approved', declined: 'declined' },
    asker: 'Asked by',
    decidedBy: 'Decided by',
    expires: 'Expires',
    items: (n: number) => `${n} items`,
    approve: 'Approve',
    decline: 'Decline',
    reason: 'Reason to decline',
    done: (done: number, refused: number) =>
      refused === 0 ? `Approved: ${done} done` : `Approved: ${done} done, ${refused} refused`,
    declined: 'Declined',
    empty: ['No requests', 'Nothing needs a second person.'],
  },
};

/** The words about operators. */
export type PeopleWords = typeof enPeople;
