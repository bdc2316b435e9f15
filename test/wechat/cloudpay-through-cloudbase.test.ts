import { createCloudPay } from '../../lib/wechat/cloudpay/adapter';
import { createSdkTransport } from '../../lib/wechat/cloudpay/sdk-transport';
import { eventEnvironment, functionEnvironment } from '../cloudbase/function-environment';
import { startLoopbackCloudBase, type LoopbackCloudBase } from '../cloudbase/gateway';
import { stage } from '../simulator/stage';
import { ORDER, PREPAY, SETTINGS } from './samples';

let cloudbase: LoopbackCloudBase;
const before = { ...process.env };
beforeEach(async () => {
  cloudbase = await startLoopbackCloudBase();
  Object.assign(process.env, functionEnvironment(cloudbase));
});
afterEach(async () => {
  process.env = { ...before };
  await cloudbase.stop();
});

const pay = () => createCloudPay(createSdkTransport({ timeoutMs: 5000 }), SETTINGS);

test('a payment from prepay to proof, through the real SDK', async () => {
  const { simulator, time } = stage();
  cloudbase.setPayApi((apiName, request) => simulator.payApi(apiName, request));
  Object.assign(process.env, eventEnvironment({ source: 'wx_client' }));

  expect(await pay().queryOrder(ORDER)).toEqual({ kind: 'no_such_order' });
  expect(await pay().unifiedOrder({ ...PREPAY, expiresAt: time.clock.now() })).toMatchObject({
    kind: 'prepaid',
  });
  expect(await pay().closeOrder(ORDER)).toMatchObject({ kind: 'refused', code: 'too_early' });
  const { transactionId } = simulator.pay(ORDER.outTradeNo);
  expect(await pay().queryOrder(ORDER)).toMatchObject({
    kind: 'paid',
    payment: { transactionId, total: 100, payer: PREPAY.payer },
  });
  expect(cloudbase.protocolErrors).toEqual([]);
});

test.each([
  ['a mini program’s call', { source: 'wx_client' }],
  ['a timer’s run', { source: 'wx_trigger', trigger: 'timer' }],
] as const)('%s without a token learns that, and nothing about the order', async (_, origin) => {
  cloudbase.setPayApi(async () => ({ body: '{}' }));
  Object.assign(process.env, eventEnvironment({ ...origin, apiToken: null }));
  expect(await pay().queryOrder(ORDER)).toMatchObject({ kind: 'unknown', reason: 'missing_api_token' });
});
