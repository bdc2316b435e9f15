import { readConfig } from '../../lib/config/config';
import { receiveV3, v3Signers } from '../../lib/inbox/v3/receive-v3';
import { systemTimers } from '../../lib/runtime/timers';
import { verifySignature } from '../../lib/wechat/v3/verify';
import { rememberedLog } from './stage';
import { envelope, KEYS, PAYMENT, signed } from '../server/door/v3-notifications';
import { START } from '../store/builders';

const PROVIDER = { channel: 'v3', spMchId: '1900000001', spAppId: 'wx8888888888888888' };
const SUB_MERCHANTS = Array.from({ length: 300 }, (_, n) => ({
  ...PROVIDER,
  ...{ subMchId: String(1_900_100_000 + n), subAppId: 'wx9999999999999999' },
}));
const { merchants } = readConfig({ merchants: SUB_MERCHANTS });

test('a notification costs one check and no more reads of keys, however many merchants a provider has', async () => {
  const asked: string[] = [];
  const signers = v3Signers(merchants, (signer) => {
    asked.push(signer);
    return { keys: () => KEYS };
  });
  expect(asked).toEqual(['1900000001']);

  const tried: number[] = [];
  const receive = (body: string, headers: Readonly<Record<string, string>>) =>
    receiveV3(
      {
        ...{ signers, record: async () => 'stored', clock: { now: () => START }, timers: systemTimers },
        ...{ log: rememberedLog(), ackBudgetMs: 2_500 },
        signals: { show: async () => undefined, verified: () => null },
        checkSignature: (given, keys, now) => {
          tried.push(keys.length);
          return verifySignature(given, keys, now);
        },
      },
      { headers, body: Buffer.from(body), mchId: '1900000001' },
    );
  const { mchid: _, appid: __, ...payment } = PAYMENT;
  const genuine = envelope({
    ...payment,
    ...{ sp_mchid: '1900000001', sp_appid: PROVIDER.spAppId, sub_mchid: '1900100299' },
  });
  const forged = envelope({ ...PAYMENT, attach: 'changed' });
  expect(await receive(genuine, signed(genuine))).toBe('stored');
  expect(await receive(forged, signed(genuine))).toBe('invalid_signature');
  expect(tried).toEqual([KEYS.wechatKeys.length, KEYS.wechatKeys.length]);
});
