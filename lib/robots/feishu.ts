import { createHmac } from 'node:crypto';
import type { AlarmTarget } from '../ops/watch/notice';
import type { Clock } from '../values/instant';
import type { PostParts } from './post';
import { post } from './post';
import type { RobotAddress, RobotDialect } from './robot';
import { readRobotAnswer } from './robot';

/**
 * Feishu's custom bot (飞书自定义机器人): https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot
 *
 * `msg_type: text`, at most 20 KB a request; `<at user_id="all">` in the text rings for everybody.
 * Signed by `timestamp`, in seconds and at most an hour off, and `sign`: HMAC-SHA256 over nothing,
 * with `timestamp + "\n" + secret` as its key, in base64. At most 100 messages a minute and 5 a
 * second, and fewer at full and half hours (11232). It answers HTTP 200 with `code` (`StatusCode`
 * too, left from an older version), 0 when it took the message; 19021: signature or time is wrong,
 * 19022: address not allowed, 19024: keyword missing, 19001: no such bot.
 */

const DIALECT: RobotDialect = {
  codes: ['code', 'StatusCode'],
  message: 'msg',
  tooMany: [11232, 11233, 99991400],
  causes: [
    { codes: [19021], fix: 'set ALARM_<NAME>_SECRET to the bot’s secret, and the clock' },
    { codes: [19022], fix: 'add this machine’s address to the bot’s IP list' },
    { codes: [19024], fix: 'add a word of these notices to the bot’s keywords' },
    { codes: [19001, 19002], fix: 'set ALARM_<NAME>_URL to the address of a bot that exists' },
  ],
};

/**
 * A Feishu custom bot, signing when it has a secret. `ring`: from 100 % on it mentions everybody.
 */
export function feishuRobot(
  name: string,
  address: RobotAddress,
  ring: boolean,
  parts: PostParts & { readonly clock: Clock },
): AlarmTarget {
  return {
    name,
    async deliver({ text, level }) {
      const everybody = ring && level === 100 ? '<at user_id="all"></at> ' : '';
      const proof = address.secret === null ? {} : signed(address.secret, parts.clock);
      const body = JSON.stringify({ ...proof, msg_type: 'text', content: { text: `${everybody}${text}` } });
      readRobotAnswer(await post(parts, { url: address.url, body }), DIALECT, address);
    },
  };
}

function signed(secret: string, clock: Clock): { readonly timestamp: string; readonly sign: string } {
  const timestamp = String(Math.floor(clock.now() / 1000));
  return { timestamp, sign: createHmac('sha256', `${timestamp}\n${secret}`).digest('base64') };
}
