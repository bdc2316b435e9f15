import type { AlarmTarget } from '../ops/watch/notice';
import type { PostParts } from './post';
import { post } from './post';
import type { RobotAddress, RobotDialect } from './robot';
import { readRobotAnswer } from './robot';

/**
 * WeCom's group robot (企业微信群机器人 / 消息推送): https://developer.work.weixin.qq.com/document/path/91770
 *
 * `msgtype: text`, at most 2,048 bytes of UTF-8; `mentioned_list: ["@all"]` notifies everybody.
 * There is no signature: the key in the address is the secret. At most 20 messages a minute. It
 * answers HTTP 200 with `errcode`, 0 on success; 45009 when it is called too often
 * (https://developer.work.weixin.qq.com/document/path/90313).
 */

const DIALECT: RobotDialect = { codes: ['errcode'], message: 'errmsg', tooMany: [45009, 45033] };

/** A WeCom group robot. `mentionAll`: mentions everybody at 100 %. */
export function wecomRobot(
  name: string,
  address: RobotAddress,
  mentionAll: boolean,
  parts: PostParts,
): AlarmTarget {
  return {
    name,
    async deliver({ text, level }) {
      const everybody = mentionAll && level === 100 ? { mentioned_list: ['@all'] } : {};
      const body = JSON.stringify({ msgtype: 'text', text: { content: text, ...everybody } });
      readRobotAnswer(await post(parts, { url: address.url, body }), DIALECT, address);
    },
  };
}
