import type { ActResult, Changed, OrderMove } from '../../lib/ops/changed';
import { yuan } from '../../lib/values/yuan';
import type { Words } from './en';
import { failureText, saidText } from './say';

/** What an action changed on one item, as one sentence that begins with the action's name. */
export function doneText(words: Words, changed: Changed): string {
  const { action: what } = changed;
  const action = what === 'ask_approval' || what === 'begin_bulk' ? changed.of : what;
  return `${words.action[action]}${words.list.colon}${changedText(words, changed)}`;
}

/** The result of one item of an action: what it changed, or why it was refused. */
export function resultText(words: Words, result: ActResult): string {
  if (result.ok) return changedText(words, result.changed);
  return [failureText(words, result), ...weChatSaid(words, result.said)].join(' ');
}

/** What an action changed on one item. */
export function changedText(words: Words, changed: Changed): string {
  const { changed: texts } = words;
  switch (changed.action) {
    case 'replay_message':
    case 'dismiss_message':
      return texts.message(words.message.state[changed.message.after]);
    case 'retry_fulfilment':
    case 'release_hold':
      return shippingText(words, changed.order);
    case 'ask_order':
    case 'close_order':
      return [...orderTexts(words, changed.order), ...weChatSaid(words, changed.said)].join(texts.semicolon);
    case 'accept_payment':
      return changed.acceptance === 'proposed'
        ? texts.proposed
        : orderTexts(words, changed.order).join(texts.semicolon);
    case 'begin_bulk':
      return words.bulk.approved;
    case 'ask_approval':
      return texts.waitsForApproval;
    case 'refund_order':
    case 'return_payment': {
      const { amount, state } = changed.refund;
      return `${yuan(amount)} ${words.refund.state[state]}`;
    }
    case 'ask_refund':
    case 'pay_out_refund':
      return texts.queryFollows(words.refund.state[changed.refund.state]);
    case 'resolve_discrepancy':
      return texts.resolved;
    case 'run_statement_again':
      return texts.round(changed.round);
    case 'erase_payer':
      return texts.erased(changed.orders, changed.leftInAll, changed.unreadable);
  }
}

/** The payment's part always, because it is what was asked about; the other where it changed. */
function orderTexts(words: Words, move: OrderMove): readonly string[] {
  const { before, after } = move.payment;
  const payment =
    before === after
      ? words.changed.still(words.payment[after])
      : words.changed.moved(words.payment[before], words.payment[after]);
  return move.fulfilment.before === move.fulfilment.after ? [payment] : [payment, shippingText(words, move)];
}

function shippingText(words: Words, { fulfilment: { before, after } }: OrderMove): string {
  const { changed, fulfilment } = words;
  return changed.fulfilment(
    before === after
      ? changed.still(fulfilment[after])
      : changed.moved(fulfilment[before], fulfilment[after]),
  );
}

function weChatSaid(words: Words, said: readonly string[]): readonly string[] {
  if (said.length === 0) return [];
  return [words.changed.said(said.map((one) => saidText(words, one)).join(words.list.comma))];
}
