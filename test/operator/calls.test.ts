import { callsText, testedText } from '../../operator/views/fulfilment-views';
import { WORDS } from '../../operator/words';
import { START } from '../store/builders';

test('an order’s calls are listed with their status, time and answer', () => {
  const calls = [
    { at: START, ms: 12, result: 'unavailable', status: null, said: 'ECONNREFUSED' },
    { at: START, ms: 340, result: 'fulfilled', status: 201, said: '{"receipt":"SF1"}' },
  ] as const;
  const [text = ''] = callsText(WORDS.en, calls);
  expect(text).toMatch(/unavailable\s+12 ms\s+ECONNREFUSED/);
  expect(text).toMatch(/fulfilled\s+201\s+340 ms\s+{"receipt":"SF1"}/);
  expect(callsText(WORDS.zh, [])).toEqual([]);
});

test('a test call says what is wrong and what to do, in both languages', () => {
  const tested = {
    id: 'test:1',
    host: 'shop.example.com',
    ms: 20,
    result: 'unavailable',
    status: 401,
    said: '',
    problem: 'unauthorized',
  } as const;
  expect(testedText(WORDS.en, tested)).toMatch(/shop\.example\.com.*401[^]*does it know the secret/);
  expect(testedText(WORDS.zh, tested)).toContain('请检查它的密钥');
  expect(testedText(WORDS.en, { ...tested, status: 204, problem: null })).toContain('takes signed calls');
  expect(testedText(WORDS.en, null)).toContain('fulfilment.webhook');
});
