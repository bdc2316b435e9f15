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
    /**
     * The container in WeChat Cloud Run to which notifications for merchants of the channel
     * cloudrun are sent: this server. Needed for real money on that channel. `envId` names its
     * environment; without it, the platform's own variable does.
     */
    cloudRun: z
      .strictObject({
        /** The name of the service, as the Cloud Run console shows it. */
        service: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, {
          error: 'must be the name of a service in Cloud Run: 1 to 64 of 0-9 A-Z a-z _ -',
        }),
        /**
         * Where notifications arrive in it: `<callbackPath>/pay` and `<callbackPath>/refund`.
         * Change it only if a proxy in the container takes a prefix away: the server listens at
         * /callback.
         */
        callbackPath: z
          .string()
          .max(200)
          .regex(/^(\/[0-9A-Za-z._~-]+)+$/, { error: 'must be a path such as "/callback"' })
          .default('/callback'),
      })
      .nullable()
      .default(null),
  })
  .prefault({});
