import { ERASED_PAYER, ERASED_RAW } from '../../../lib/model/erased';
import { orderOfDiscrepancy } from '../../../lib/model/discrepancy';
import type { Content, InboxMessage } from '../../../lib/model/message';
import type { WholeOrder } from '../../../lib/model/order';
import type { PersonalData } from '../../../lib/store/ports/personal-port';
import type { ModelState, Step } from './state';
import { pageOf } from './state';

/** The personal data of a model store. */
export function modelPersonalData(state: ModelState, step: Step): PersonalData {
  const orders = (): WholeOrder[] => [...state.orders.values()].map(({ order }) => order);
  const keyOf = ({ createdAt, outTradeNo }: WholeOrder) => ({ at: createdAt, name: outTradeNo });
  return {
    ordersOf: ({ payer, ...page }) =>
      step('personal.ordersOf', () =>
        pageOf(
          orders().filter((one) => one.payer === payer),
          keyOf,
          -1,
          page,
        ),
      ),
    ordersBefore: ({ before, ...page }) =>
      step('personal.ordersBefore', () =>
        pageOf(
          orders().filter((one) => one.erasedAt === undefined && one.createdAt < before),
          keyOf,
          1,
          page,
        ),
      ),
    eraseOrders: (some, at) =>
      step('personal.eraseOrders', () => {
        const erased = some.flatMap(({ outTradeNo, version }) => {
          const found = state.orders.get(outTradeNo);
          return found?.order.version === version && isEnded(found.order) ? [found] : [];
        });
        for (const { order, marks } of erased) {
          const { prepayBody: _body, calls: _calls, ...rest } = order;
          state.orders.set(order.outTradeNo, {
            marks,
            order: {
              ...rest,
              version: order.version + 1,
              payer: ERASED_PAYER,
              attach: null,
              cart: null,
              erasedAt: at,
            },
          });
        }
        return erased.length;
      }),
    eraseMessages: (numbers) =>
      step('personal.eraseMessages', () => {
        const ended = [...state.messages.values()].filter(
          ({ message }) =>
            message.outTradeNo !== null &&
            numbers.includes(message.outTradeNo) &&
            message.raw !== ERASED_RAW &&
            isOver(message) &&
            !state.told.has(message.key),
        );
        for (const found of ended) {
          const { message } = found;
          const content = withoutPayer(message.content);
          state.messages.set(message.key, { ...found, message: { ...message, content, raw: ERASED_RAW } });
        }
        return ended.length;
      }),
    eraseDiscrepancies: (numbers) =>
      step('personal.eraseDiscrepancies', () => {
        const ended = [...state.discrepancies.values()].filter((one) => {
          const order = orderOfDiscrepancy(one);
          return (
            one.class === 'payer_mismatch' &&
            one.resolution !== null &&
            one.statementRun === null &&
            one.ours !== ERASED_PAYER &&
            order !== null &&
            numbers.includes(order)
          );
        });
        for (const one of ended) {
          state.discrepancies.set(one.id, { ...one, ours: ERASED_PAYER, theirs: ERASED_PAYER });
        }
        return ended.length;
      }),
  };
}

function isEnded({ erasedAt, payment, fulfilment }: WholeOrder): boolean {
  const isBusy = fulfilment.state === 'due' || fulfilment.state === 'held';
  return erasedAt === undefined && payment.state !== 'pending' && !isBusy;
}

function isOver(message: InboxMessage): boolean {
  return message.state === 'done' || (message.state === 'dead' && message.reason === 'operator');
}

function withoutPayer(content: Content): Content {
  if (content.kind !== 'payment') return content;
  return { kind: 'payment', payment: { ...content.payment, payer: null, bankType: null, attach: null } };
}
