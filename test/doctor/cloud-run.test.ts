import { readConfig } from '../../lib/config/config';
import { examineCloudRun } from '../../lib/doctor/cloud-run';
import { CHECKS_OF_CLOUD_RUN } from '../../lib/doctor/finding';
import type { OrderAnswer } from '../../lib/wechat/port';

/* What the doctor says of a container in WeChat Cloud Run. */

const MERCHANTS = ['1900000307', '1900000308'].map((subMchId) => ({ channel: 'cloudrun', subMchId }));
const ENVIRONMENT = 'prod-8gxvz0f70375accc';

async function examined(
  answer: (subMchId: string) => OrderAnswer,
  {
    server = {},
    envId = null,
    running = null,
  }: { server?: object; envId?: string | null; running?: string | null } = {},
) {
  const asked: string[] = [];
  const findings = await examineCloudRun({
    config: readConfig({
      merchants: MERCHANTS,
      envId,
      server: { cloudRun: { service: 'wxpay-inbox' }, ...server },
    }),
    pay: {
      async queryOrder({ subMchId, outTradeNo }) {
        asked.push(outTradeNo);
        return answer(subMchId);
      },
    },
    running,
    nonce: () => '0123456789abcdef',
  });
  expect(findings.map(({ check }) => check)).toEqual(CHECKS_OF_CLOUD_RUN);
  expect(asked).toEqual(['doctor-0123456789abcdef', 'doctor-0123456789abcdef']);
  return new Map(findings.map((finding) => [finding.check, finding] as const));
}

const NOTHING: OrderAnswer = { kind: 'no_such_order' };
const unknown = (reason: 'unverified' | 'transport' | 'gateway'): OrderAnswer => ({
  kind: 'unknown',
  reason,
  detail: 'as it was said',
});

test('a container that WeChat Pay answers has nothing wrong', async () => {
  const of = await examined(() => NOTHING, { running: ENVIRONMENT });
  expect([...of.values()].map(({ level }) => level)).toEqual(['ok', 'ok', 'ok']);
  expect(of.get('cloud_run_callbacks')?.what).toContain(
    'wxpay-inbox/callback/…, each believed after a query',
  );
});

test.each<[string, OrderAnswer, string, RegExp]>([
  ['a link that is off', unknown('unverified'), 'error', /开放接口服务/],
  ['another machine', unknown('transport'), 'error', /exists nowhere else/],
  ['an error of the platform', unknown('gateway'), 'unknown', /run this again/],
  [
    'a merchant that is not authorised',
    { kind: 'refused', code: 'not_authorised', detail: '受理关系不存在' },
    'error',
    /authorise the merchant number/,
  ],
  ['an order that cannot be', { kind: 'closed' }, 'unknown', /run this again/],
])('%s is named with its fix, also beside a merchant that is answered', async (_, answer, level, fix) => {
  const of = await examined((subMchId) => (subMchId === '1900000308' ? answer : NOTHING));
  expect(of.get('cloud_run_call')).toMatchObject({ level });
  expect(of.get('cloud_run_call')?.what).toContain('1900000308');
  expect(of.get('cloud_run_call')?.fix).toMatch(fix);
});

test('notifications that go to another environment are an error', async () => {
  const of = await examined(() => NOTHING, { envId: 'test-8gxvz0f70375accc', running: ENVIRONMENT });
  expect(of.get('cloud_run_environment')).toMatchObject({ level: 'error' });
});

test('that nobody else reaches the service cannot be seen from inside', async () => {
  const of = await examined(() => NOTHING, { server: { publicAccess: false } });
  expect(of.get('cloud_run_callbacks')).toMatchObject({ level: 'unknown' });
});
