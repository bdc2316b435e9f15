import type { SubMchId } from '../../../lib/values/ids';
import type { NotificationState } from '../../../simulator/notification';
import type { World } from '../world/world';
import { Violation } from '../world/world';
import { numberOf } from '../world/payers';
import { isCalm, namedAbout } from './named';

/**
 * Each source does its part: notifications are acked, and answers and bills are named as sources.
 * Throws `Violation`.
 */
export function checkPaths(world: World): void {
  for (const { message } of world.state.messages.values()) {
    if (message.content.kind !== 'payment' || !message.confirmedBy.includes('query')) continue;
    if (world.saidPaid.has(message.outTradeNo ?? '')) continue;
    throw new Violation(
      'known_by_its_path',
      `${message.key} is said to be an answer, and WeChat Pay never gave it`,
    );
  }
  if (!isCalm(world)) return;
  for (const { order } of world.wechat.orders()) checkAcks(order.asked.outTradeNo, order.notification);
  for (const { asked, script, notifications } of world.wechat.refunds()) {
    if (script.source !== 'wx_paycallback') continue;
    for (const { notification } of notifications) checkAcks(asked.outRefundNo, notification);
  }
  checkLies(world);
}

function checkAcks(about: string, notification: NotificationState | null): void {
  if (notification?.deliveries.some(({ outcome }) => outcome !== 'lost' && outcome !== 'acked') === true) {
    throw new Violation('acks_are_understood', `a notification of ${about} arrived and was not acked`);
  }
}

/**
 * Whether a download of this merchant's bill may have been cut: the next one tells no lie any more.
 */
function wasCut({ plan, wechat }: World, merchant: SubMchId): boolean {
  return plan.events.some(
    (event) =>
      event.kind === 'statement_lie' &&
      event.lie === 'damaged' &&
      wechat.describe(numberOf({ n: event.order }))?.order.asked.subMchId === merchant,
  );
}

/** What a statement told wrongly of a payment that was known by then is named. */
function checkLies(world: World): void {
  const plants = world.wechat.plants();
  const [only] = plants;
  if (only === undefined || plants.length > 1 || only.timesLeft !== 0) return;
  // It is told once, and that file may have been lost before it was read.
  if (world.plan.events.some(({ kind }) => kind === 'torn_file' || kind === 'shrunken_file')) return;
  const { request } = only;
  if (request.class !== 'amount_mismatch') return;
  const order = [...world.state.orders.values()].find(
    (one) => one.order.outTradeNo === request.outTradeNo,
  )?.order;
  const isKnown = order?.payment.state === 'paid' && order.payment.knownBy !== 'statement';
  if (!isKnown || wasCut(world, order.subMchId)) return;
  if (namedAbout(world, request.outTradeNo).some((one) => one.class === request.class)) return;
  throw new Violation(
    'lies_are_named',
    `the statement tells of ${request.outTradeNo} a ${request.class}, and nothing says so`,
  );
}
