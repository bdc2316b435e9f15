import type { NoticeCause } from './notice';

/**
 * Where the console shows what a notice is about, as the fragment of its address: the list with the
 * filter that leaves these items. A test compares them with the console's own.
 */
const PLACES: Readonly<Record<NoticeCause, string>> = {
  oldest_due_message: '#/messages?state=pending&only=platform',
  backlog: '#/messages?state=pending&only=platform',
  dead_letters: '#/messages?state=dead&only=platform',
  suspect_messages: '#/messages?state=pending&only=alone',
  unknown_payments: '#/orders?late=unknown',
  missing_statement: '#/runs',
  open_discrepancies: '#/discrepancies?state=open',
  failing_fulfilment: '#/orders?late=unfulfilled',
  abnormal_refunds: '#/refunds?state=abnormal',
  overdue_refunds: '#/refunds?state=processing',
  paused_work: '#/checks',
  silent_callbacks: '#/checks',
  missing_api_token: '#/checks',
  unknown_key: '#/messages?state=pending&only=unverified',
  clock_skew: '#/messages?state=pending&only=unverified',
  not_ready: '#/',
  test: '#/',
};

/** The address in the console that a notice links to. Pure. */
export function placeIn(consoleUrl: string, cause: NoticeCause): string {
  const url = new URL(consoleUrl);
  url.hash = PLACES[cause];
  return url.href;
}
