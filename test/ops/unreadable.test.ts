import { unreadableDetail } from '../../lib/ops/lists/views';
import { PAYER } from '../store/builders';

const shown = (raw: string): string => unreadableDetail({ name: 'n', problem: 'p', raw }).raw;

test.each([
  ['in a document', JSON.stringify({ payer: PAYER, total: 100 })],
  [
    'under another name, deeper',
    JSON.stringify({ a: [{ sub_openid: PAYER }, { payer: { openId: PAYER } }] }),
  ],
  [
    'in JSON that is stored as text',
    JSON.stringify({ terms: JSON.stringify({ payer: PAYER, body: 'tea' }) }),
  ],
  ['in a text that broke off', JSON.stringify({ terms: `{"body":"tea","payer":"${PAYER}` })],
  ['of a short name, in a text that broke off', JSON.stringify({ terms: '{"payer":"short-one","body":' })],
  ['in what is no JSON at all', `payer=${PAYER}; total=100`],
])('a payer %s of what nobody can read is masked', (_, raw) => {
  expect(shown(raw)).not.toContain(PAYER);
  expect(shown(raw)).not.toContain('short-one');
});

test('what nobody can read is shown otherwise as it is stored, but for what an order is paid with', () => {
  const raw = JSON.stringify({ body: '茶', history: '{"path":"rumour"}', prepay: { paySign: 'secret' } });
  expect(JSON.parse(shown(raw))).toEqual({ body: '茶', history: '{"path":"rumour"}', prepay: '***' });
});
