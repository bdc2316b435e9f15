import { z } from 'zod';
import { gateway, publicAddress } from './fields';

/** The settings of your own server. */
export const serverSettings = z
  .strictObject({
    /**
     * The gateways in front of the server whose `X-WX-SOURCE` and `X-WX-OPENID` are trusted:
     * WeChat Cloud Run's, or a proxy that sets these headers itself and strips them from what
     * clients send.
     */
    gateways: z.array(gateway).max(20).default([]),
    /**
     * Whether the internet can reach this server. Set it to false only in WeChat Cloud Run with
     * public access (公网访问) off: callbacks for merchants of the channel cloudrun that carry
     * X-WX-SOURCE are then believed at once. Otherwise a query confirms each of them.
     */
    publicAccess: z.boolean().default(true),
    /**
     * The appid of the mini program whose users log in at `POST /functions/login`. Its AppSecret
     * is in the environment, in LOGIN_APP_SECRET. Null: the simulator plays the exchange.
     */
    loginAppId: z
      .string()
      .regex(/^wx[0-9a-z]{4,30}$/)
      .nullable()
      .default(null),
    /**
     * The address under which WeChat Pay reaches this server, such as "https://pay.example.com":
     * `notify_url` is made from it. Needed for real money on the channel v3.
     */
    publicUrl: publicAddress('https://pay.example.com'),
  })
  .prefault({});
