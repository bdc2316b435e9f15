import { createHmac } from 'node:crypto';
import type { AlarmTarget, Notice } from '../../lib/ops/watch/notice';
import { DeliveryError } from '../../lib/ops/watch/notice';
import { writeNotice } from '../../lib/ops/watch/write-notice';
import { readRobotAnswer } from '../../lib/robots/robot';
import { openTargets, targetVariables } from '../../lib/robots/targets';
import { readConfig } from '../../lib/config/config';
import { systemTimers } from '../../lib/runtime/timers';
import { START } from '../store/builders';
import { alarm } from '../store/operations-builders';
import { says, TAKEN, withRobot } from './loopback';

const KINDS = ['wecom', 'feishu', 'dingtalk', 'webhook'] as const;
type Kind = (typeof KINDS)[number];

const SECRET = 'SEC0123456789abcdef0123456789';
const KEY = 'key=693a91f6-7aoc-4bc4-97a0-0ec2sifa5aaa';

const notice: Notice = writeNotice(alarm('backlog', { told: 100, value: 1234, threshold: 1000 }), {
  language: 'zh',
  shop: '茶铺',
  consoleUrl: null,
  runbookUrl: null,
});

/** A target as config.json and the environment make it. */
function target(
  kind: Kind,
  url: string | undefined,
  { secret = SECRET, mentionAll = false, timers = systemTimers }: Settings = {},
): AlarmTarget {
  const config = readConfig({
    merchants: [{ subMchId: '1900000109' }],
    watchdog: { targets: [{ name: 'ops-group', kind, mentionAll }] },
  });
  const env = { ALARM_OPS_GROUP_URL: url, ALARM_OPS_GROUP_SECRET: secret };
  const [only] = openTargets(config.watchdog.targets, env, { clock: { now: () => START }, timers });
  if (only === undefined) throw new Error('there is no target');
  return only;
}

interface Settings {
  readonly secret?: string;
  readonly mentionAll?: boolean;
  readonly timers?: typeof systemTimers;
}

const failureOf = async (delivery: Promise<void>): Promise<DeliveryError> => {
  const error: unknown = await delivery.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof DeliveryError) return error;
  throw new Error('it was taken, or failed in no way of ours', { cause: error });
};

describe('WeCom', () => {
  it('is sent plain text, and mentions everybody only from 100 % on and if it should', () =>
    withRobot(async ({ url, received }) => {
      await target('wecom', `${url}/cgi-bin/webhook/send?${KEY}`, { mentionAll: true }).deliver(notice);
      await target('wecom', `${url}/cgi-bin/webhook/send?${KEY}`).deliver(notice);
      await target('wecom', url, { mentionAll: true }).deliver({ ...notice, level: 90 });
      const text = { content: notice.text };
      expect(received.map(({ body }) => body)).toEqual([
        { msgtype: 'text', text: { ...text, mentioned_list: ['@all'] } },
        { msgtype: 'text', text },
        { msgtype: 'text', text },
      ]);
      expect(received[0]).toMatchObject({
        path: '/cgi-bin/webhook/send',
        headers: { 'content-type': 'application/json; charset=utf-8' },
      });
      expect(String(received[0]?.query)).toBe(KEY);
    }));
});

describe('Feishu', () => {
  it('is sent plain text with its signature: nothing, under a key of seconds and secret', () =>
    withRobot(async ({ url, received, behave }) => {
      behave(says(TAKEN.feishu));
      await target('feishu', url).deliver(notice);
      const timestamp = String(START / 1000);
      const sign = createHmac('sha256', `${timestamp}\n${SECRET}`).update('').digest('base64');
      expect(received[0]?.body).toEqual({
        timestamp,
        sign,
        msg_type: 'text',
        content: { text: notice.text },
      });
    }));

  it('is sent none when it has no secret, and mentions everybody in its own way', () =>
    withRobot(async ({ url, received, behave }) => {
      behave(says(TAKEN.feishu));
      await target('feishu', url, { secret: '', mentionAll: true }).deliver(notice);
      expect(received[0]?.body).toEqual({
        msg_type: 'text',
        content: { text: `<at user_id="all"></at> ${notice.text}` },
      });
    }));

  it('is understood in its older words', () =>
    withRobot(async ({ url, behave }) => {
      behave(says('{"StatusCode":0,"StatusMessage":"success"}'));
      await target('feishu', url).deliver(notice);
    }));
});

describe('DingTalk', () => {
  it('is sent plain text, with its signature in the address', () =>
    withRobot(async ({ url, received }) => {
      await target('dingtalk', `${url}/robot/send?access_token=a1b2`, { mentionAll: true }).deliver(notice);
      const timestamp = String(START);
      const sign = createHmac('sha256', SECRET).update(`${timestamp}\n${SECRET}`).digest('base64');
      expect(Object.fromEntries(received[0]?.query ?? [])).toEqual({ access_token: 'a1b2', timestamp, sign });
      expect(received[0]?.body).toEqual({
        msgtype: 'text',
        text: { content: notice.text },
        at: { isAtAll: true },
      });
    }));
});

describe('a webhook', () => {
  /** As docs/alarms.md tells a receiver to. */
  const signatureOf = (id: string, timestamp: string, body: string, key: Buffer) =>
    `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;

  it.each([
    ['of a secret that is text', SECRET, Buffer.from(SECRET)],
    [
      'of a secret in base64',
      'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64'),
    ],
  ])('is sent figures and words with a signature %s', (_, secret, key) =>
    withRobot(async ({ url, received }) => {
      await target('webhook', `${url}/alarms`, { secret }).deliver(notice);
      const [sent] = received;
      if (sent === undefined) throw new Error('nothing was sent');
      const { headers, text, body } = sent;
      const timestamp = String(headers['webhook-timestamp']);
      expect(timestamp).toBe(String(START / 1000));
      expect(headers['webhook-id']).toBe(notice.id);
      expect(headers['webhook-signature']).toBe(signatureOf(notice.id, timestamp, text, key));
      expect(body).toEqual({
        type: 'alarm.on',
        timestamp: new Date(START).toISOString(),
        data: {
          ...{ id: notice.id, cause: 'backlog', level: 100, value: 1234, threshold: 1000, unit: 'count' },
          ...{ title: notice.title, text: notice.text, runbook: notice.runbook },
        },
      });
    }),
  );

  it('signs what Standard Webhooks gives as its example', () => {
    // https://github.com/standard-webhooks/standard-webhooks: secret, id, timestamp and payload of its test vector.
    const key = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64');
    expect(signatureOf('msg_p5jXN8AQM9LWM0D4loKWxJek', '1614265330', '{"test": 2432232314}', key)).toBe(
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    );
  });

  it('has taken what it answers with any 2xx', () =>
    withRobot(async ({ url, behave }) => {
      behave(says('', 204), says('thanks', 202));
      await target('webhook', url).deliver(notice);
      await target('webhook', url).deliver(notice);
    }));

  it('without a secret is told nothing: nobody could believe it', () =>
    withRobot(async ({ url, received }) => {
      const error = await failureOf(target('webhook', url, { secret: '' }).deliver(notice));
      expect(error.message).toBe(
        'not_configured: ALARM_OPS_GROUP_SECRET must be set: receivers cannot trust unsigned notices',
      );
      expect(received).toEqual([]);
    }));
});

describe('what was not taken', () => {
  it.each<[Kind, number, string, string, string]>([
    [
      'wecom',
      200,
      '{"errcode":93000,"errmsg":"invalid webhook url"}',
      'refused',
      '93000 invalid webhook url',
    ],
    ['wecom', 200, '{"errcode":45009,"errmsg":"api freq out of limit"}', 'rate_limited', '45009'],
    [
      'feishu',
      200,
      '{"code":19021,"data":{},"msg":"sign match fail or timestamp is not within one hour from current time"}',
      'refused',
      '19021 sign match fail',
    ],
    ['feishu', 400, '{"code":11232,"msg":"frequency limited"}', 'rate_limited', '11232'],
    ['feishu', 429, '', 'rate_limited', 'HTTP 429'],
    [
      'dingtalk',
      200,
      '{"errcode":130101,"errmsg":"send too fast, exceed 20 times per minute"}',
      'rate_limited',
      '130101',
    ],
    [
      'dingtalk',
      200,
      '{"errcode":310000,"errmsg":"description:关键词不匹配;solution:请联系群管理员查看此机器人的关键词"}',
      'refused',
      'keywords: 310000',
    ],
    [
      'dingtalk',
      200,
      '{"errcode":310000,"errmsg":"ip 1.2.3.4 not in whitelist"}',
      'refused',
      'IP list: 310000',
    ],
    ['dingtalk', 200, '{"errcode":310000,"errmsg":"invalid timestamp"}', 'refused', 'set the clock'],
    ['dingtalk', 200, '{"errcode":310000,"errmsg":"sign not match"}', 'refused', 'ALARM_<NAME>_SECRET'],
    ['dingtalk', 200, '{"errcode":300001,"errmsg":"token is not exist"}', 'refused', 'ALARM_<NAME>_URL'],
    ['dingtalk', 200, '{"errcode":-1,"errmsg":"系统繁忙"}', 'http_error', '-1 系统繁忙'],
    ['feishu', 400, '{"code":19022,"msg":"Ip Not Allowed"}', 'refused', 'IP list: 19022 Ip Not Allowed'],
    ['feishu', 400, '{"code":19024,"msg":"Key Words Not Found"}', 'refused', 'keywords: 19024'],
    ['dingtalk', 200, '{"errcode":"0"}', 'unreadable', 'HTTP 200'],
    ['wecom', 200, '<html>a proxy says hello</html>', 'unreadable', 'HTTP 200'],
    ['wecom', 200, '', 'unreadable', 'HTTP 200'],
    ['wecom', 500, '{"errcode":0,"errmsg":"ok"}', 'refused', '0 ok'],
    ['wecom', 502, 'bad gateway', 'http_error', 'HTTP 502'],
    ['webhook', 500, '', 'http_error', 'HTTP 500'],
    ['webhook', 429, '', 'rate_limited', 'HTTP 429'],
  ])('by %s that answers HTTP %i and %s is %s', (kind, status, text, code, detail) =>
    withRobot(async ({ url, behave }) => {
      behave(says(text, status));
      const error = await failureOf(target(kind, url).deliver(notice));
      expect(error.code).toBe(code);
      expect(error.message).toContain(detail);
    }),
  );

  it.each(KINDS)('by %s is not known of when nothing answers', (kind) =>
    withRobot(async ({ url, behave, whenReceived }) => {
      const timers = { after: (_ms: number, then: () => void) => (ring.push(then), () => undefined) };
      const ring: (() => void)[] = [];
      for (const how of ['silent', 'trickle'] as const) {
        behave({ kind: how });
        const delivery = failureOf(target(kind, url, { timers }).deliver(notice));
        await whenReceived(how === 'silent' ? 1 : 2);
        for (const then of ring.splice(0)) then();
        expect((await delivery).message).toBe('timeout: no answer within 5000 ms');
      }
      behave({ kind: 'reset' });
      expect((await failureOf(target(kind, url).deliver(notice))).message).toBe('unreachable: ECONNRESET');
    }),
  );

  it.each(KINDS)('is not carried by %s to where a redirect points', (kind) =>
    withRobot(async (robot) => {
      await withRobot(async (other) => {
        robot.behave({ kind: 'answer', status: 307, text: '', headers: { location: other.url } });
        const error = await failureOf(target(kind, robot.url).deliver(notice));
        expect(error.message).toBe('http_error: HTTP 307');
        expect(other.received).toEqual([]);
      });
    }),
  );

  it('names neither address nor secret, whatever the other side repeats', () =>
    withRobot(async ({ url, behave }) => {
      for (const kind of ['wecom', 'feishu', 'dingtalk'] as const) {
        const said = `no ${KEY} at /cgi-bin/webhook/send with ${SECRET}`;
        behave(says(JSON.stringify({ errcode: 1, code: 1, errmsg: said, msg: said })));
        const { message } = await failureOf(
          target(kind, `${url}/cgi-bin/webhook/send?${KEY}`).deliver(notice),
        );
        expect(message).not.toContain(SECRET);
        expect(message).not.toContain('693a91f6');
      }
    }));

  it.each([
    ['dingtalk', '/robot/send?access_token=a1b2c3d4e5f6a7b8', 'a1b2c3d4e5f6a7b8'],
    ['feishu', '/open-apis/bot/v2/hook/2f9c1c1e-77aa-4b0e-9f3b-0a6f0d3c5a10', '2f9c1c1e'],
  ] as const)('by %s shows the names that tell what is wrong, and the values never', (kind, path, value) =>
    withRobot(async ({ url, behave }) => {
      const said = `invalid access_token at /robot/send or open-apis: ${path}`;
      behave(says(JSON.stringify({ errcode: 1, code: 1, errmsg: said, msg: said })));
      const { message } = await failureOf(target(kind, `${url}${path}`).deliver(notice));
      expect(message).toContain('invalid access_token at /robot/send or open-apis');
      expect(message).not.toContain(value);
    }),
  );

  it('by an answer without end is read no further than a robot’s answer is long', () =>
    withRobot(async ({ url, behave }) => {
      behave(says('x'.repeat(5_000_000)));
      expect((await failureOf(target('wecom', url).deliver(notice))).code).toBe('unreadable');
    }));
});

describe('an address', () => {
  it.each([
    [undefined],
    [''],
    ['qyapi.weixin.qq.com/cgi-bin/webhook/send'],
    ['http://qyapi.weixin.qq.com/cgi-bin/webhook/send'],
    ['http://127.0.0.1.example.com/'],
    ['ftp://127.0.0.1/'],
    ['file:///etc/passwd'],
  ])('%s is not used', async (url) => {
    for (const kind of KINDS) {
      const error = await failureOf(target(kind, url).deliver(notice));
      expect(error.message).toBe('not_configured: ALARM_OPS_GROUP_URL must be an https address');
    }
  });

  it('has the name of its target in its variable', () => {
    expect(targetVariables('ops-group-2')).toEqual({
      url: 'ALARM_OPS_GROUP_2_URL',
      secret: 'ALARM_OPS_GROUP_2_SECRET',
    });
  });

  it('has its secrets removed from what a robot says, and nothing else', () => {
    const url = new URL('https://robots.example/send?v=1&access_token=0123456789abcdef');
    const text = JSON.stringify({ errcode: 9, errmsg: 'rule 1: 0123456789abcdef is not known' });
    const dialect = { codes: ['errcode'], message: 'errmsg', tooMany: [] };
    const read = (): void => readRobotAnswer({ status: 200, text }, dialect, { url, secret: null });
    expect(read).toThrow('9 rule 1: *** is not known');
  });
});
