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
 * `msgtype: text`, at most 20,000 bytes; `at: {isAtAll: true}` rings for everybody. Signed by two
 * parameters of the address: `timestamp`, in ms and at most an hour off, and `sign`: HMAC-SHA256
 * over `timestamp + "\n" + secret` with the secret as its key, in base64, encoded for an address.
 * At most 20 messages a minute; whoever sends more is cut off for ten minutes (130101; 410100). It
 * answers HTTP 200 with `errcode`, 0 when it took the message; 310000: signature, keyword or
 * address is not the robot's, which its words tell apart; 300001, 300005: no such robot; -1: an
 * error of its own.
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
    { codes: [310000], words: /timestamp|时间戳/i, fix: 'set the clock: it is off by more than an hour' },
    { codes: [310000], words: /sign|签名/i, fix: 'set ALARM_<NAME>_SECRET to the robot’s secret' },
    {
      codes: [300001, 300005, 400101, 400102, 40035],
      fix: 'set ALARM_<NAME>_URL to the address of a robot that exists',
    },
  ],
};

/**
 * A DingTalk custom robot, signing when it has a secret. `ring`: from 100 % on it mentions
 * everybody.
 */
export function dingtalkRobot(
  name: string,
  address: RobotAddress,
  ring: boolean,
  parts: PostParts & { readonly clock: Clock },
): AlarmTarget {
  return {
    name,
    async deliver({ text, level }) {
      const url = address.secret === null ? address.url : signed(address.url, address.secret, parts.clock);
      const at = { isAtAll: ring && level === 100 };
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
