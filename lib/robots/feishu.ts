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
 * `msg_type: text`, at most 20 KB per request; `<at user_id="all">` in the text notifies everybody.
 * Two fields sign it: `timestamp`, in seconds and at most an hour off, and `sign`: HMAC-SHA256 over
 * an empty text, with `timestamp + "\n" + secret` as its key, in base64. At most 100 messages a
 * minute and 5 a second, and fewer at full and half hours (11232). It answers HTTP 200 with `code`
 * (and `StatusCode`, from an older version), 0 on success; 19021: wrong signature or time, 19022:
 * IP address not allowed, 19024: keyword missing, 19001: no such bot.
 */

const DIALECT: RobotDialect = {
  codes: ['code', 'StatusCode'],
  message: 'msg',
  tooMany: [11232, 11233, 99991400],
  causes: [
    { codes: [19021], fix: 'set ALARM_<NAME>_SECRET to the bot’s secret, and check the clock' },
    { codes: [19022], fix: 'add this machine’s address to the bot’s IP list' },
    { codes: [19024], fix: 'add a word of these notices to the bot’s keywords' },
    { codes: [19001, 19002], fix: 'set ALARM_<NAME>_URL to the address of a bot that exists' },
  ],
};

/** A Feishu custom bot, signed when it has a secret. `mentionAll`: mentions everybody at 100 %. */
export function feishuRobot(
  name: string,
  address: RobotAddress,
  mentionAll: boolean,
  parts: PostParts & { readonly clock: Clock },
): AlarmTarget {
  return {
    name,
    async deliver({ text, level }) {
      const everybody = mentionAll && level === 100 ? '<at user_id="all"></at> ' : '';
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
