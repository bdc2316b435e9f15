import { createHmac } from 'node:crypto';
import type { AlarmTarget } from '../ops/watch/notice';
import type { Clock } from '../values/instant';
import type { PostParts } from './post';
import { post } from './post';
import type { RobotAddress, RobotDialect } from './robot';
import { readRobotAnswer } from './robot';

/**
 * DingTalk's custom robot (钉钉自定义机器人):
 * https://open.dingtalk.com/document/orgapp/custom-robot-access, and its security settings:
 * https://open.dingtalk.com/document/orgapp/customize-robot-security-settings
 *
 * `msgtype: text`, at most 20,000 bytes; `at: {isAtAll: true}` notifies everybody. Two query
 * parameters sign it: `timestamp`, in ms and at most an hour off, and `sign`: HMAC-SHA256 over
 * `timestamp + "\n" + secret` with the secret as its key, in base64, URL-encoded. At most 20
 * messages a minute; more are blocked for ten minutes (130101; 410100). It answers HTTP 200 with
 * `errcode`, 0 on success; 310000: wrong signature, keyword or IP address, which the text tells
 * apart; 300001, 300005: no such robot; -1: an internal error.
 */

const DIALECT: RobotDialect = {
  codes: ['errcode'],
  message: 'errmsg',
  tooMany: [130101, 410100, 90030],
  busy: [-1],
  causes: [
    { codes: [310000], words: /keyword|关键词/i, fix: 'add a word of these notices to the robot’s keywords' },
    {
      codes: [310000],
      words: /\bip\b|white ?list|白名单/i,
      fix: 'add this machine’s address to the robot’s IP list',
    },
    {
      codes: [310000],
      words: /timestamp|时间戳/i,
      fix: 'set the clock correctly: it is off by more than an hour',
    },
    { codes: [310000], words: /sign|签名/i, fix: 'set ALARM_<NAME>_SECRET to the robot’s secret' },
    {
      codes: [300001, 300005, 400101, 400102, 40035],
      fix: 'set ALARM_<NAME>_URL to the address of a robot that exists',
    },
  ],
};

/**
 * A DingTalk custom robot, signed when it has a secret. `mentionAll`: mentions everybody at 100 %.
 */
export function dingtalkRobot(
  name: string,
  address: RobotAddress,
  mentionAll: boolean,
  parts: PostParts & { readonly clock: Clock },
): AlarmTarget {
  return {
    name,
    async deliver({ text, level }) {
      const url = address.secret === null ? address.url : signed(address.url, address.secret, parts.clock);
      const at = { isAtAll: mentionAll && level === 100 };
      const body = JSON.stringify({ msgtype: 'text', text: { content: text }, at });
      readRobotAnswer(await post(parts, { url, body }), DIALECT, address);
    },
  };
}

function signed(address: URL, secret: string, clock: Clock): URL {
  const timestamp = String(clock.now());
  const url = new URL(address);
  url.searchParams.set('timestamp', timestamp);
  url.searchParams.set(
    'sign',
    createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64'),
  );
  return url;
}
