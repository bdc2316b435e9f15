import type { OutTradeNo, SubMchId } from '../values/ids';
import type { Instant } from '../values/instant';
import type { PaymentDetails } from '../wechat/port';
import type { Content, NewMessage, Path } from './message';
import { keyOf, orderOf } from './message';

/** The message for a payment that WeChat Pay told us of when asked. It has the key a callback would have. */
export function answerMessage(payment: PaymentDetails, now: Instant): NewMessage {
  return told({ kind: 'payment', payment }, 'query', now);
}

/** The message for an order that WeChat Pay says is closed (after we closed it, or when asked) or failed for good. */
export function closureMessage(
  outTradeNo: OutTradeNo,
  subMchId: SubMchId,
  as: 'closed' | 'failed',
  path: Extract<Path, 'query' | 'close'>,
  now: Instant,
): NewMessage {
  return told({ kind: 'closure', outTradeNo, subMchId, as }, path, now);
}

function told(content: Content, path: Path, now: Instant): NewMessage {
  return {
    key: keyOf(content, 'platform'),
    content,
    outTradeNo: orderOf(content),
    trust: 'platform',
    raw: JSON.stringify(content),
    path,
    receivedAt: now,
  };
}
