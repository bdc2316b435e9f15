import type { Promotion } from '../../lib/model/facts';
import type { Words } from '../language/en';
import { yuan } from '../../lib/values/yuan';

/** A promotion of a payment in one line: what it is, how much, what it means, who bears it. */
export function promotionText({ order }: Pick<Words, 'order'>, promotion: Promotion): string {
  const { id, name, scope, type, amount, borneBy } = promotion;
  const borne = (['wechat', 'merchant', 'other'] as const).flatMap((who) => {
    const part = borneBy[who];
    return part === null || part === 0 ? [] : [`${order.borneBy[who]} ${yuan(part)}`];
  });
  const parts = [
    `${name ?? id} ${yuan(amount)}`,
    ...(scope === null ? [] : [order.promotionScope[scope]]),
    ...(type === null ? [] : [order.promotionType[type]]),
    ...borne,
  ];
  return parts.join(' · ');
}
