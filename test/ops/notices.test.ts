import { ALARM_CAUSES, SIGNALLED_CAUSES } from '../../lib/model/alarm';
import { KEYWORD, plain, writeNotice } from '../../lib/ops/watch/write-notice';
import { later } from '../../lib/values/instant';
import { START } from '../store/builders';
import { alarm } from '../store/operations-builders';

const SPEECH = { shop: '茶铺', consoleUrl: 'https://ops.example.com/console' };
/** WeCom takes the fewest. */
const MOST_BYTES = 2_048;

describe.each(['zh', 'en'] as const)('in %s', (language) => {
  const speech = { ...SPEECH, language };

  it.each(ALARM_CAUSES)('%s says what it is, the figure, what to do first and where to read on', (cause) => {
    for (const level of [50, 100] as const) {
      const notice = writeNotice(alarm(cause, { told: level, value: 4321, threshold: 8642 }), speech);
      const { text, title } = notice;
      expect(text.startsWith(title)).toBe(true);
      expect(text).toContain(`${level}%`);
      expect(text).toContain(KEYWORD);
      expect(text).toContain('茶铺');
      expect(text).toContain(SPEECH.consoleUrl);
      expect(text).toMatch(new RegExp(`docs/runbook(\\.zh-CN)?\\.md#${cause}`));
      if (!SIGNALLED_CAUSES.some((one) => one === cause)) expect(text).toMatch(/\b4321|\b4 ?(s|秒)/);
      expect(text).not.toMatch(/\{\w+\}|undefined|null/);
      expect(Buffer.byteLength(text)).toBeLessThan(MOST_BYTES);
      expect(notice).toMatchObject({ cause, level, value: 4321, threshold: 8642, at: START });
    }
  });

  it.each(ALARM_CAUSES)('%s says that it is over', (cause) => {
    const over = alarm(cause, { level: 0, told: 0, since: null, value: 0 });
    const { title, text, level } = writeNotice(over, speech);
    expect(title).toMatch(/^(\[CLEARED\]|【已恢复】)/);
    expect(level).toBe(0);
    expect(text).not.toMatch(/\{\w+\}|undefined|null/);
  });
});

test('two notices are the same if they tell the same, and only then', () => {
  const speech = { ...SPEECH, language: 'zh' } as const;
  const first = alarm('backlog', { told: 70 });
  const again = { ...first, value: 8, version: 5 };
  expect(writeNotice(again, speech).id).toBe(writeNotice(first, speech).id);
  const others = [
    { ...first, told: 90 as const },
    { ...first, toldAt: later(START, 1) },
    { ...first, cause: 'dead_letters' as const },
  ];
  const ids = [first, ...others].map((one) => writeNotice(one, speech).id);
  expect(new Set(ids).size).toBe(4);
});

test.each([
  ['<@all> 促销', '＜＠all＞ 促销'],
  ['<at user_id="all">所有人</at>', '＜at user＿id="all"＞所有人＜/at＞'],
  ['[点这里](https://evil.example)', '［点这里］（https://evil.example）'],
  ['**加粗** `x` # 一', '＊＊加粗＊＊ ｀x｀ ＃ 一'],
  ['一行\n@13800000000', '一行 ＠13800000000'],
  ['\u202E倒着\u0000', '倒着'],
  ['Tea & Co.', 'Tea & Co.'],
])('%j is taken for text by every robot', (text, plainly) => {
  expect(plain(text)).toBe(plainly);
});

test('a shop’s name rings for nobody', () => {
  const shop = '<@all> <at user_id="all"></at> @13800000000';
  const { text } = writeNotice(alarm('backlog'), { language: 'zh', shop, consoleUrl: null });
  expect(text).not.toMatch(/[<>@]/);
});
