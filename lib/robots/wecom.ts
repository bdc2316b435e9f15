import type { AlarmTarget } from '../ops/watch/notice';
import type { PostParts } from './post';
import { post } from './post';
import type { RobotAddress, RobotDialect } from './robot';
import { readRobotAnswer } from './robot';

/**
 * WeCom's group robot (企业微信群机器人 / 消息推送): https://developer.work.weixin.qq.com/document/path/91770
 *
 * `msgtype: text`, at most 2,048 bytes of UTF-8; `mentioned_list: ["@all"]` rings for everybody.
 * There is no signature: the key in the address is the secret. At most 20 messages a minute. It
 * answers HTTP 200 with `errcode`, 0 when it took the message; 45009 when it was asked too often
 * (https://developer.work.weixin.qq.com/document/path/90313).
 */

const DIALECT: RobotDialect = { codes: ['errcode'], message: 'errmsg', tooMany: [45009, 45033] };

/** A WeCom group robot. `ring`: from 100 % on it mentions everybody. */
export function wecomRobot(
  name: string,
  address: RobotAddress,
  ring: boolean,
  parts: PostParts,
): AlarmTarget {
  return {
    name,
    async deliver({ text, level }) {
      const everybody = ring && level === 100 ? { mentioned_list: ['@all'] } : {};
      const body = JSON.stringify({ msgtype: 'text', text: { content: text, ...everybody } });
      readRobotAnswer(await post(parts, { url: address.url, body }), DIALECT, address);
    },
  };
}
