import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { en } from '../../console/language/en';
import { firstLanguage } from '../../console/language/language';
import { answerText, eventText, failureText, refusalText } from '../../console/language/say';
import { zh } from '../../console/language/zh';
import { outcomeOf } from '../../console/keyboard';
import { agrees, balanceOf, stepsOf } from '../../lib/statement/report/balance';
import { daySheet } from '../../lib/statement/report/day-sheet';
import { REPORT_ZH } from '../../lib/statement/report/words-zh';
import { csvLines } from '../../lib/values/sheet';
import { sideCell, sideText, yuan } from '../../lib/values/yuan';
import { count, typedYuan } from '../../console/reading/money';
import { wideRange, wideTicks } from '../../console/reading/ticks';
import { fieldInstant, fieldText, shortMoment, span } from '../../console/reading/time';
import { hrefOf, ordersRoute, PLACES, placeOf, placeRoute, readRoute, type Route } from '../../console/route';
import { refused, totalsMismatch } from '../../lib/bill/refusal';
import { refusalText as refusalTextOf } from '../../lib/statement/run/download';
import { DISCREPANCY_CLASSES } from '../../lib/model/discrepancy';
import type { Said } from '../../lib/rules/last-answer';
import { EMPTY_TALLY } from '../../lib/statement/compare/tally';
import { beijingTime } from '../../lib/values/instant';
import { fen } from '../../lib/values/fen';
import { instant } from '../../lib/values/instant';
import { isBeijingDay } from '../../lib/values/day';
import { isSubMchId } from '../../lib/values/ids';

describe('money', () => {
  it.each([
    [0, '¥0.00'],
    [7, '¥0.07'],
    [-27, '−¥0.27'],
    [123_456_789, '¥1,234,567.89'],
    [Number.MAX_SAFE_INTEGER, '¥90,071,992,547,409.91'],
  ])('%d fen is read as %s', (amount, text) => {
    expect(yuan(fen(amount))).toBe(text);
  });

  it.each([
    ['8.50', 850],
    ['¥1,234.5', 123_450],
    [' 0.01 ', 1],
    ['1.005', null],
    ['1e3', null],
    ['', null],
    ['-1', -100],
  ])('“%s” is typed as %p fen', (text, amount) => {
    expect(typedYuan(text)).toBe(amount);
  });

  it('groups counts', () => {
    expect([count(0), count(999), count(1_000_000), count(-1_234)]).toEqual([
      '0',
      '999',
      '1,000,000',
      '−1,234',
    ]);
  });
});

describe('time', () => {
  const at = beijingTime('20260301153005') ?? instant(0);

  it('is Beijing’s, with as much of the day as is needed', () => {
    expect(shortMoment(at, at)).toBe('15:30:05');
    expect(shortMoment(at, beijingTime('20260302000000') ?? at)).toBe('03-01 15:30');
    expect(shortMoment(at, beijingTime('20270101000000') ?? at)).toBe('2026-03-01 15:30');
  });

  it('goes into a field and back', () => {
    expect(fieldText(at)).toBe('2026-03-01T15:30');
    expect(fieldInstant(fieldText(at))).toBe(beijingTime('20260301153000'));
    expect(fieldInstant('2026-02-30T10:00')).toBeNull();
    expect(fieldInstant('yesterday')).toBeNull();
  });

  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [4_250, '4.2 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [190_000, '3 min 10 s'],
    [7_500_000, '2 h 5 min'],
    [100_800_000, '1 d 4 h'],
  ])('%d ms is said as %s', (ms, text) => {
    expect(span(ms, en.units)).toBe(text);
  });
});

describe('an address', () => {
  const places: readonly Route[] = [
    ...PLACES.map(placeRoute),
    { screen: 'overview', span: '7d' },
    {
      screen: 'messages',
      state: 'dead',
      reason: 'mismatch',
      only: 'platform',
      from: '2026-03-01T10:00',
      to: null,
      after: 'a/b&c=d',
    },
    { screen: 'message', key: 'unverified:payment:a|b*c:4200' },
    { ...ordersRoute({ payment: 'paid', fulfilment: 'dead', sort: 'oldest' }), after: 'x' },
    ordersRoute({ late: 'unknown', from: '2026-03-01T10:00', to: '2026-03-02T10:00' }),
    ordersRoute({ by: { kind: 'amount', text: '88.00' } }),
    ordersRoute({ fulfilment: 'held', sort: 'largest' }),
    { screen: 'approval', id: 'a-1' },
    { screen: 'order', outTradeNo: 'A-b_c|d*' },
    { screen: 'refunds', state: 'abnormal', after: null },
    { screen: 'discrepancies', state: 'resolved', class: 'fee_mismatch', after: 'x' },
    { screen: 'discrepancy', id: 'fee_mismatch:a/b:42' },
    { screen: 'run', id: '1900000109:20260301', class: 'missing_order', after: null },
    { screen: 'audit', subject: 'refund:a@b:succeeded', after: null },
    { screen: 'search', text: 'a b ü 订单 %' },
    { screen: 'books' },
    { screen: 'month', id: '1900000109:202603' },
    { screen: 'openItems', owner: '', bucket: 'to_30', after: null },
    { screen: 'openItems', owner: '李', bucket: null, after: 'x' },
  ];

  it.each(places.map((route) => [hrefOf(route), route] as const))(
    '%s leads back to its place',
    (href, route) => {
      expect(readRoute(href)).toEqual(route);
    },
  );

  it('that nobody made leads to a first page, never to an error', () => {
    expect(readRoute('')).toEqual(placeRoute('overview'));
    expect(readRoute('#/nowhere?x=%')).toEqual(placeRoute('overview'));
    expect(readRoute('#/messages?state=asleep&reason=none')).toEqual(placeRoute('messages'));
    expect(readRoute('#/orders/%E0%A4%A')).toEqual(placeRoute('orders'));
    expect(readRoute('#/discrepancies?class=__proto__')).toEqual(placeRoute('discrepancies'));
  });

  it('of a detail belongs to its list', () => {
    expect(places.map(({ screen }) => placeOf(screen))).toEqual(expect.arrayContaining([...PLACES, null]));
  });
});

describe('words', () => {
  /**
   * Every text of a dictionary with its path. Functions are called with a number and a recognisable
   * text.
   */
  const texts = (value: unknown, path = ''): readonly (readonly [string, string])[] => {
    if (typeof value === 'string') return [[path, value]];
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([name, inner]) => texts(inner, `${path}.${name}`));
  };

  it('are the same in both languages, and none is empty but where both are', () => {
    const [english, chinese] = [new Map(texts(en)), new Map(texts(zh))];
    expect([...chinese.keys()].sort()).toEqual([...english.keys()].sort());
    const lacking = [...english].filter(([path, text]) => (text === '') !== (chinese.get(path) === ''));
    expect(lacking).toEqual([]);
  });

  it('are Chinese in the Chinese dictionary', () => {
    const foreign = texts(zh).filter(([, text]) => /[a-z]{3}/.test(text) && !/[\u4e00-\u9fff]/.test(text));
    expect(foreign.map(([path]) => path)).toEqual(
      ['.tag', '.otherLanguage', '.keys.rows.2.0', '.keys.rows.7.0'].filter((path) =>
        foreign.some(([one]) => one === path),
      ),
    );
  });

  it('name every class of discrepancy and say what to do', () => {
    expect(Object.keys(en.discrepancy.class).sort()).toEqual([...DISCREPANCY_CLASSES].sort());
    expect(Object.keys(en.discrepancy.advice).sort()).toEqual([...DISCREPANCY_CLASSES].sort());
  });

  it('never hide what the dictionary does not know', () => {
    expect(eventText(zh, 'paid')).toBe('已付款');
    expect(eventText(en, 'something_new')).toBe('something new');
    expect(failureText(en, { code: 'NEW_CODE', message: 'do this' })).toBe('do this (NEW_CODE)');
    expect(failureText(en, { code: 'constructor', message: '' })).toBe('constructor');
  });

  it.each<[Said, string, string]>([
    ['not_paid', 'not paid', '未付款'],
    ['unknown:transport', 'unknown: no response', '未知：没有响应'],
    ['close:refused:too_early', 'close request: refused: too early', '申请关单：被拒绝：时间过早'],
    ['close:already_paid', 'close request: already paid', '申请关单：订单已付款'],
  ])('read what WeChat Pay said: %s', (said, inEnglish, inChinese) => {
    expect([answerText(en, said), answerText(zh, said)]).toEqual([inEnglish, inChinese]);
  });

  it('show an answer they do not know as it came', () => {
    expect(answerText(en, 'refused:a_new_code')).toBe('refused:a_new_code');
    expect(answerText(en, 'close:a_new_kind')).toBe('close request: a_new_kind');
  });

  it('are the browser’s until somebody chooses', () => {
    expect(firstLanguage(null, ['en-GB', 'zh'])).toBe('en');
    expect(firstLanguage(null, ['fr', 'zh-TW'])).toBe('zh');
    expect(firstLanguage(null, ['fr'])).toBe('zh');
    expect(firstLanguage('en', ['zh'])).toBe('en');
    expect(firstLanguage('klingon', ['en'])).toBe('en');
  });
});

describe('a key', () => {
  it('does nothing but leave while one is typing', () => {
    expect(outcomeOf('j', true)).toBeNull();
    expect(outcomeOf('Escape', true)).toEqual({ kind: 'back' });
    expect(outcomeOf('1', false)).toEqual({ kind: 'place', place: 'overview' });
    expect(outcomeOf('0', false)).toBeNull();
  });
});

describe('a balance', () => {
  const sum = (n: number, amount: number) => ({ count: n, sum: fen(amount) });
  const tally = {
    ...EMPTY_TALLY,
    theirs: { payments: sum(10, 123_610), refunds: sum(1, 5_800), revoked: sum(1, 100), fees: fen(700) },
    ours: { payments: sum(10, 116_670), refunds: sum(1, 5_800) },
    carriedOver: { payments: sum(1, 2_000), refunds: sum(0, 0) },
    found: {
      missing_order: sum(1, 12_800),
      missing_payment: sum(1, 3_960),
      amount_mismatch: sum(1, 100),
      fee_mismatch: sum(1, 790),
    },
  };

  it('goes from one sum to the other without a rest', () => {
    const steps = stepsOf(tally);
    expect(steps.map(({ what, amount }) => [what, amount])).toEqual([
      ['theirs', 123_610],
      ['onlyTheirs', -12_800],
      ['onlyOurs', 3_960],
      ['carriedOver', 2_000],
      ['otherAmounts', -100],
      ['ours', 116_670],
    ]);
    expect(steps.slice(0, -1).reduce((all, { amount }) => all + amount, 0)).toBe(116_670);
    expect(steps.find(({ what }) => what === 'otherAmounts')?.classes).toEqual(['amount_mismatch']);
  });

  it('takes what was revoked for money that went back', () => {
    const net = balanceOf(tally).find(({ what }) => what === 'net');
    expect(net).toMatchObject({
      theirs: { sum: 117_710 },
      ours: { sum: 110_870 },
      difference: { sum: 6_840 },
    });
  });

  it('agrees only when nothing at all differs', () => {
    expect(agrees(EMPTY_TALLY)).toBe(true);
    expect(agrees({ ...EMPTY_TALLY, found: { fee_mismatch: sum(1, 0) } })).toBe(false);
    expect(agrees({ ...EMPTY_TALLY, setAside: { unreadable: { count: 1, lines: [3] } } })).toBe(false);
    expect(agrees(tally)).toBe(false);
  });

  it('is written for a spreadsheet in yuan, with no formula in it', () => {
    const [subMchId, day] = ['1900000109', '20260301'];
    if (!isSubMchId(subMchId) || !isBeijingDay(day)) throw new TypeError('no run');
    const checkpoint = { pass: 'payments', afterLine: 0 } as const;
    const work = { state: 'matching', file: null, statement: null, checkpoint, tally, workedMs: 0 } as const;
    const lines = csvLines(daySheet(REPORT_ZH, { subMchId, day, round: 2, work })).split('\r\n');
    expect(lines).toContain('付款,10,1236.10,10,1166.70,69.40');
    expect(lines).toContain('已付款，我方无此订单,1,128.00,');
    expect(lines).toContain('仅见于我方账目,1,39.60');
    expect(lines.filter((line) => /^[=+@]/.test(line))).toEqual([]);
  });
});

describe('a side of a discrepancy', () => {
  it('is money where it is a number, and told as it is otherwise', () => {
    expect([sideText(5_800), sideText(null), sideText('pending'), sideText({ revoked: 100 })]).toEqual([
      '¥58.00',
      '—',
      'pending',
      'revoked ¥1.00',
    ]);
    expect([sideCell(5_800), sideCell(null)]).toEqual(['58.00', '']);
  });
});

describe('an axis of times of all sizes', () => {
  it.each([
    ['without values', null, null, ['1.0 s', '1 min']],
    ['of minutes', 90_000, 240_000, ['1.0 s', '1 min']],
    ['of days', 500, 200_000_000, ['1.0 s', '1 min', '1 h', '1 d']],
  ])('%s has its ticks inside its span', (_what, least, most, shown) => {
    // The chart says what it has no value of by null, whatever its types say.
    const logOf = (ms: number | null): number => (ms === null ? Number.NaN : Math.log10(ms));
    const [from, to] = wideRange(logOf(least), logOf(most));
    const ticks = wideTicks(from, to);
    expect(ticks.map((tick) => span(Math.round(10 ** tick), en.units))).toEqual(shown);
    expect(from).toBeGreaterThan(2);
    for (const tick of ticks) expect(tick).toBeLessThanOrEqual(to);
  });
});

test.each([
  ['en', en],
  ['zh', zh],
])('every refusal that operations can answer with is said in words (%s)', (_, words) => {
  const texts = filesBelow(join(__dirname, '../../lib/ops')).map((file) => readFileSync(file, 'utf8'));
  const found = texts.flatMap((text) =>
    [...text.matchAll(/(?:code: |refused?\(\s*)'([A-Z_]+)'/g)].flatMap(([, code]) => code ?? []),
  );
  // The door's own, and those of planning a refund, which reach the page, too.
  const codes = new Set([...found, 'TOO_MANY_ATTEMPTS', 'CROWDED', 'PAYMENT_NOT_NAMED', 'PAYMENT_NOT_FOUND']);
  expect(codes.size).toBeGreaterThan(20);
  expect([...codes].filter((code) => !Object.hasOwn(words.trouble.code, code))).toEqual([]);
});

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));
}

test('why a bill proves nothing is said in Chinese, too, with its line', () => {
  const refusal = refused('no_summary', 18);
  const text = refusalTextOf(refusal);
  expect(refusalText(zh, text)).toBe('第 18 行：文件没有汇总行就结束了，请重新下载账单。');
  expect(refusalText(zh, refusalTextOf(totalsMismatch(3, [], { count: 0, first: [] })))).toContain(
    '明细合计与汇总不一致',
  );
  expect(refusalText(en, text)).toBe(text);
  expect(refusalText(zh, 'a newer server’s words')).toBe('a newer server’s words');
});
