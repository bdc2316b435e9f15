import { isIP } from 'node:net';
import { z } from 'zod';
import { isPayerId } from '../values/ids';

/** An amount in fen. */
export const fenAmount = z.int().min(0).max(100_000_000_000);

/** A whole number of seconds between two bounds. */
export const seconds = (min: number, max: number) => z.int().min(min).max(max);
/** How many items at once or per step, 1 to 1000. */
export const share = z.int().min(1).max(1000);

/** An age at which WeChat Pay is queried, in minutes. */
export const askMinutes = z.int().min(1).max(43_200);
/** The ages at which WeChat Pay is queried, in minutes, each later than the one before. */
export const askAfterMinutes = z
  .tuple([askMinutes], askMinutes)
  .refine((list) => list.every((minutes, n) => n === 0 || minutes > (list[n - 1] ?? 0)), {
    error: 'must ascend',
  });

/** How long a retry waits: the first time, and at most. */
export const backoff = (firstSeconds: number, maxSeconds: number) =>
  z
    .strictObject({
      firstSeconds: seconds(1, 3600).default(firstSeconds),
      maxSeconds: seconds(1, 86_400).default(maxSeconds),
    })
    .prefault({});

/** Identifies a person in a mini program. */
export const openId = z
  .string()
  .refine(isPayerId, { error: 'must be an OPENID: 1 to 128 of 0-9 A-Z a-z _ -' });

/** From which threshold operators are notified of a cause, and how often while it lasts. */
export const alarm = (threshold: number, windowMinutes: number, most = 1_000_000) =>
  z
    .strictObject({
      /** The value that counts as 100 %. Null: the alarm is off. */
      threshold: z.number().positive().max(most).nullable().default(threshold),
      windowMinutes: z.int().min(5).max(10_080).default(windowMinutes),
    })
    .prefault({});

/** A day in minutes. */
export const DAY_MINUTES = 1_440;

/** A name that becomes part of an environment variable and a metric label. */
export const shortName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, { error: 'must be 1 to 32 of a-z 0-9 -, a letter first' });

/** A group robot or webhook that receives notices. */
export const alarmTarget = z.strictObject({
  /**
   * Its address is `ALARM_<NAME>_URL` in the environment of the watchdog, its secret
   * `ALARM_<NAME>_SECRET`.
   */
  name: shortName,
  kind: z.enum(['wecom', 'feishu', 'dingtalk', 'webhook']),
  /** Mentions everybody in the group from 100 % on. */
  mentionAll: z.boolean().default(false),
});

/** An IP address or a range (CIDR). */
export const addressRange = z.string().refine(isAddressRange, {
  error: 'must be an IP address or a range such as "10.0.0.0/8"',
});

/** A gateway whose headers are trusted. */
export const gateway = z
  .strictObject({
    name: shortName,
    /** Where its requests come from. */
    addresses: z.array(addressRange).max(50).default([]),
    /**
     * True when it proves itself by a secret in `X-Gateway-Secret`: `GATEWAY_<NAME>_SECRET` in the
     * server's environment.
     */
    secret: z.boolean().default(false),
  })
  .refine(({ addresses, secret }) => addresses.length > 0 || secret, {
    error: 'must have addresses, a secret or both',
  });

/** The memory sizes CloudBase offers, in MB. */
export const memoryMb = z.literal([128, 256, 512, 1024, 2048]);

/** The limits of a function. CloudBase allows time limits up to 60 s. */
export const functionLimits = ({
  timeoutSeconds,
  least = 3,
  memoryMb: memory = 256,
}: {
  readonly timeoutSeconds: number;
  readonly least?: number;
  readonly memoryMb?: z.infer<typeof memoryMb>;
}) =>
  z
    .strictObject({
      memoryMb: memoryMb.default(memory),
      timeoutSeconds: seconds(least, 60).default(timeoutSeconds),
    })
    .prefault({});

function isAddressRange(text: string): boolean {
  const [address = '', bits = '', ...more] = text.split('/');
  const most = { 4: 32, 6: 128 }[isIP(address)];
  if (most === undefined || more.length > 0) return false;
  return !text.includes('/') || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
}

/** Where WeChat Pay reaches us: what a `notify_url` begins with. Null when it is not given. */
export function publicAddress(example: string) {
  return z
    .string()
    .refine(isPublicUrl, {
      error: `must be an https address without query, password or slash at its end, such as "${example}", or null`,
    })
    .nullable()
    .default(null);
}

/** WeChat Pay refuses a `notify_url` with a query, and one longer than 255. */
function isPublicUrl(text: string): boolean {
  if (!URL.canParse(text) || text.length > 200 || /[?#@\s]|\/$/.test(text)) return false;
  return new URL(text).protocol === 'https:';
}

/** An origin; with TLS except on this machine, because every request carries the token. */
export function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { origin, protocol, hostname } = new URL(text);
  return origin === text && (protocol === 'https:' || hostname === 'localhost' || hostname === '127.0.0.1');
}

/** An address without a password. */
export function isWebAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return ['http:', 'https:'].includes(protocol) && username === '' && password === '';
}

/** Where the console finds the operator's API. */
export function isApiUrl(text: string): boolean {
  return (
    URL.canParse(text) && text.endsWith('/ops/api') && isOrigin(new URL(text).origin) && !/[?#@]/.test(text)
  );
}

const hour = z.int().min(0).max(23);

/** Hours of a Beijing day in which the timers of workers work seldom. */
export const quietHours = z
  .strictObject({
    fromHour: hour,
    /** The hour with which they end. Before fromHour: of the next day. */
    toHour: hour,
    /** How often workers work in them. */
    everyMinutes: z.int().min(2).max(30),
    /**
     * Within how many minutes a payment whose callback is lost is then known, instead of 10. It
     * says that you know what you give up; the right number is named when it is too low.
     */
    knownWithinMinutes: z.int().min(0).max(120),
  })
  .refine(({ fromHour, toHour }) => fromHour !== toHour, {
    error: 'must have its toHour at another hour than its fromHour',
  });
