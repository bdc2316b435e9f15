import { MAX_UNVERIFIED_BYTES, quotaOfUnverified } from '../../lib/inbox/quota';
import { CALLBACK_ERRCODE, receive as receiveEvent } from '../../lib/inbox/receive';
import type { NamedMerchants, NewMessage } from '../../lib/model/message';
import { StoreError } from '../../lib/store/errors';
import { later } from '../../lib/values/instant';
import { isSubMchId } from '../../lib/values/ids';
import { guarded, MERCHANT, order, START } from '../store/builders';
import { notificationFor } from './notifications';
import { rememberedLog } from './stage';

const GENUINE = 'wx_paycallback';
const STRANGER = 'wx_http';

/**
 * A callback with a quota of 1 MB: 128 messages, 64 for its merchant and 64 for strangers. The case
 * decides what the store counts.
 */
function receiver(countInStore: (naming: NamedMerchants) => Promise<number>, merchants = [MERCHANT]) {
  const stored: NewMessage[] = [];
  const log = rememberedLog();
  const time = { now: START };
  const counted = { times: 0 };
  const clock = { now: () => time.now };
  const deps = {
    record: async (message: NewMessage) => {
      stored.push(message);
      return 'stored' as const;
    },
    clock,
    timers: { after: () => () => undefined },
    log,
    ackBudgetMs: 2_500,
    admitUnverified: quotaOfUnverified({
      countUnverified: async (naming) => {
        counted.times += 1;
        return countInStore(naming);
      },
      clock,
      log,
      megabytes: 1,
      merchants,
    }),
  };
  const receive = (n: number, source: string, more: object = {}) =>
    receiveEvent(deps, { ...notificationFor(order(n)), ...more }, source);
  return { stored, log, time, counted, receive };
}

describe('unverified notifications', () => {
  test('beyond their quota are not acknowledged, and believed ones are, without a look at it', async () => {
    const { receive, stored, counted, log } = receiver(async () => 62);
    const codes: number[] = [];
    for (let n = 0; n < 4; n += 1) codes.push((await receive(n, STRANGER)).errcode);
    const { OK, OVER_QUOTA } = CALLBACK_ERRCODE;
    expect(codes).toEqual([OK, OK, OVER_QUOTA, OVER_QUOTA]);
    expect(counted.times).toBe(1);
    expect(await receive(9, GENUINE)).toMatchObject({ errcode: OK });
    expect(stored).toHaveLength(3);
    expect(counted.times).toBe(1);
    expect(log.lines.filter(({ fields }) => fields['reason'] === 'over_quota')).toHaveLength(2);
  });

  test('are taken again once some were removed, which is looked at every 10 s', async () => {
    const kept = { now: 64 };
    const { receive, time, counted } = receiver(async () => kept.now);
    expect((await receive(1, STRANGER)).errcode).toBe(CALLBACK_ERRCODE.OVER_QUOTA);
    kept.now = 0;
    expect((await receive(1, STRANGER)).errcode).toBe(CALLBACK_ERRCODE.OVER_QUOTA);
    time.now = later(time.now, 10_000);
    expect((await receive(1, STRANGER)).errcode).toBe(CALLBACK_ERRCODE.OK);
    expect(counted.times).toBe(2);
  });

  test('beyond the share of the merchant they name take no other’s', async () => {
    const OTHER = guarded(isSubMchId, '1900000208');
    const { receive } = receiver(
      async (naming) => ('oneOf' in naming && naming.oneOf.includes(MERCHANT) ? 42 : 0),
      [MERCHANT, OTHER],
    );
    const { OK, OVER_QUOTA } = CALLBACK_ERRCODE;
    expect((await receive(1, STRANGER)).errcode).toBe(OVER_QUOTA);
    expect((await receive(2, STRANGER, { subMchId: OTHER })).errcode).toBe(OK);
    expect((await receive(3, STRANGER, { subMchId: '1900000307' })).errcode).toBe(OK);
    expect((await receive(4, STRANGER, { outTradeNo: '' })).errcode).toBe(OK);
    expect((await receive(5, STRANGER)).errcode).toBe(OVER_QUOTA);
  });

  test('a store that cannot count is asked to keep them', async () => {
    const { receive, stored } = receiver(async () => {
      throw new StoreError('unavailable', 'down');
    });
    expect((await receive(1, STRANGER)).errcode).toBe(CALLBACK_ERRCODE.OK);
    expect(stored).toHaveLength(1);
  });

  test('of more than 8 KB are not acknowledged; a believed one of that size is', async () => {
    const { receive, stored } = receiver(async () => 0);
    const more = { attach: '付'.repeat(MAX_UNVERIFIED_BYTES / 3) };
    expect((await receive(1, STRANGER, more)).errcode).toBe(CALLBACK_ERRCODE.TOO_LARGE);
    expect(stored).toHaveLength(0);
    expect((await receive(1, GENUINE, more)).errcode).toBe(CALLBACK_ERRCODE.OK);
  });
});
