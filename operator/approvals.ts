import type { OpsOperations } from '../lib/ops/api';
import { yuan } from '../lib/values/yuan';
import { time } from './rows';
import { pageText } from './views/views';
import type { Words } from './words';

/** What a second person has to approve, or has decided. */
export function approvalsText(words: Words, page: OpsOperations['list_approvals']['answer']): string {
  return pageText(words, page, (one) => ({
    request: one.id,
    action: one.action,
    subject: one.items
      .map(({ name }) => name)
      .slice(0, 3)
      .join(' '),
    items: String(one.items.length),
    amount: one.amount === null ? '' : yuan(one.amount),
    reason: one.reason ?? '',
    'asked by': one.asker.name,
    at: time(one.askedAt),
    state: one.state,
    'decided by': one.decision?.who ?? '',
  }));
}
