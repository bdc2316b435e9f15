import { ALARM_CAUSES, SIGNALLED_CAUSES } from '../../lib/model/alarm';
import { KEYWORD, plain, writeNotice } from '../../lib/ops/watch/write-notice';
import type { Notice } from '../../lib/ops/watch/notice';
import { DeliveryError } from '../../lib/ops/watch/notice';
import { later } from '../../lib/values/instant';
import { onStage } from '../inbox/stage';
import { operateOn } from './operating';
import { START } from '../store/builders';
import { alarm } from '../store/operations-builders';

const SPEECH = {
  shop: '茶铺',
  consoleUrl: 'https://ops.example.com/console',
  runbookUrl: 'https://wiki.example.com/runbook',
};
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
      expect(text).toContain(`https://wiki.example.com/runbook#${cause}`);
      // A path is no link on a phone.
      expect(writeNotice(alarm(cause, { told: level }), { ...speech, runbookUrl: null }).text).not.toContain(
        'docs/',
      );
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
  const { text } = writeNotice(alarm('backlog'), {
    language: 'zh',
    shop,
    consoleUrl: null,
    runbookUrl: null,
  });
  expect(text).not.toMatch(/[<>@]/);
});

describe('a test of the targets', () => {
  const deliver = async () => undefined;
  const refuse = () => Promise.reject(new DeliveryError('refused', 'set ALARM_DUTY_SECRET to its secret'));

  test('sends one notice to each, tells of each what came of it, and is recorded', () =>
    onStage(async ({ store }) => {
      const got: Notice[] = [];
      const targets = [
        { name: 'ops-group', deliver: async (notice: Notice) => void got.push(notice) },
        { name: 'duty', deliver: refuse },
      ];
      const { ask } = operateOn(store, () => START, { targets });
      expect(await ask('test_notices', {}, { name: 'zhao', role: 'read' })).toMatchObject({
        code: 'READ_ONLY',
      });
      expect(await ask('test_notices')).toEqual({
        ok: true,
        targets: [
          { target: 'ops-group', ok: true },
          { target: 'duty', ok: false, message: 'refused: set ALARM_DUTY_SECRET to its secret' },
        ],
      });
      expect(got).toMatchObject([{ cause: 'test', level: 50, title: '【测试】这是一条测试通知' }]);
      expect(got[0]?.text).toContain(KEYWORD);
      const { items } = await store.audit.list({ subject: 'test', after: null, limit: 2 });
      expect(items[0]).toMatchObject({ action: 'test_notices', outcome: 'done', who: 'li' });
    }));

  test('sends nothing that cannot be recorded', () =>
    onStage(async ({ store }) => {
      const sent = jest.fn(deliver);
      const append = () => Promise.reject(new Error('the disk is full'));
      const forgetful = { ...store, audit: { ...store.audit, append } };
      const { ask } = operateOn(forgetful, () => START, { targets: [{ name: 'duty', deliver: sent }] });
      expect(await ask('test_notices')).toMatchObject({ ok: false, code: 'NOT_RECORDED' });
      expect(sent).not.toHaveBeenCalled();
    }));
});
