import type { ActResult, Changed, Move, OrderMove } from '../lib/ops/changed';
import { isUnchanged } from '../lib/ops/changed';
import { yuan } from '../lib/values/yuan';
import type { Words } from './words';

/** The short result of one item: `ok`, `unchanged`, or the code of the refusal. */
export function resultCode(words: Words, result: ActResult): string {
  if (!result.ok) return result.code;
  return isUnchanged(result.changed) ? words.unchanged : 'ok';
}

/**
 * Whether the action did what it was to do. An order that was to be closed and is pending still, or
 * was found paid, is not closed.
 */
export function isDone(result: ActResult): boolean {
  if (!result.ok) return false;
  const { changed } = result;
  if (changed.action === 'erase_payer') {
    return changed.isFinished && changed.leftInAll === 0 && changed.unreadable === 0;
  }
  return changed.action !== 'close_order' || changed.order.payment.after === 'closed';
}

/** What an action changed on one item, or why it was refused, with WeChat Pay's answer. */
export function resultMessage(words: Words, result: ActResult): string {
  if (result.ok) return changedText(words, result.changed);
  return [result.message, ...saidText(words, result.said)].join(words.semicolon);
}

function changedText(words: Words, changed: Changed): string {
  const { semicolon } = words;
  switch (changed.action) {
    case 'replay_message':
    case 'dismiss_message':
      return moved(words, 'message', changed.message);
    case 'retry_fulfilment':
    case 'release_hold':
      return moved(words, 'fulfilment', changed.order.fulfilment);
    case 'ask_order':
    case 'close_order':
      return [...orderText(words, changed.order), ...saidText(words, changed.said)].join(semicolon);
    case 'accept_payment':
      return changed.acceptance === 'proposed'
        ? words.proposed
        : orderText(words, changed.order).join(semicolon);
    case 'begin_bulk':
      return changed.bulk;
    case 'ask_approval':
      return words.waitsForApproval(changed.approval.id);
    case 'refund_order':
    case 'return_payment':
      return `${changed.refund.outRefundNo} ${yuan(changed.refund.amount)} ${changed.refund.state}`;
    case 'ask_refund':
    case 'pay_out_refund':
      return words.queryFollows(changed.refund.state);
    case 'resolve_discrepancy':
      return words.resolved;
    case 'run_statement_again':
      return words.round(changed.round);
    case 'erase_payer':
      return erasedText(words, changed);
  }
}

/** What was erased, and which orders stay and why: their numbers lead to the payer later. */
function erasedText(words: Words, changed: Extract<Changed, { action: 'erase_payer' }>): string {
  const { orders, messages, left, leftInAll, isFinished, unreadable } = changed;
  const named = left.map(({ outTradeNo, why }) => `${outTradeNo} ${why}`).join(', ');
  return [
    words.erased(orders, messages),
    ...(isFinished ? [] : [words.eraseAgain]),
    ...(leftInAll === 0 ? [] : [words.notErased(leftInAll, named)]),
    ...(unreadable === 0 ? [] : [words.notReadForErasure(unreadable)]),
  ].join(words.semicolon);
}

function orderText(words: Words, { payment, fulfilment }: OrderMove): readonly string[] {
  const isShipping = fulfilment.before !== fulfilment.after;
  return [moved(words, 'payment', payment), ...(isShipping ? [moved(words, 'fulfilment', fulfilment)] : [])];
}

function moved(words: Words, what: string, { before, after }: Move<string>): string {
  const name = words.heads[what] ?? what;
  return before === after ? `${name} ${after}` : `${name} ${before} → ${after}`;
}

function saidText(words: Words, said: readonly string[]): readonly string[] {
  return said.length === 0 ? [] : [words.weChatSaid(said.join(', '))];
}
