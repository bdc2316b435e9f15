import { LANGUAGES } from '../values/language';
import { z } from 'zod';
import { fenAmount, isApiUrl, isOrigin, isWebAddress, openId } from './fields';
import { writtenOperator } from './operators';

/** An address that people open; null: there is none. */
const webAddress = z
  .string()
  .max(200)
  .refine(isWebAddress, { error: 'must be an http or https address without a password, or null' })
  .nullable()
  .default(null);

/** Who may operate, and how operators are reached. */
export const opsSettings = z
  .strictObject({
    /**
     * The operators: each a person with a name, a role, and what proves who they are (token hashes
     * over HTTP, OPENIDs in the mini program). An OPENID alone is the short form of one who may do
     * everything. Empty: only the developer tools and the holders of OPS_TOKEN may operate.
     */
    operators: z.array(writtenOperator).max(100).default([]),
    /** The OPENIDs of people who see what operators see but cannot change anything. */
    readers: z.array(openId).max(100).default([]),
    /**
     * The origin of the console when it is a static site and the `ops` function itself answers
     * browsers (with 跨域校验 off in the HTTP access service). Null when no page of another origin
     * may call it, or when that service checks origins itself.
     */
    consoleOrigin: z
      .string()
      .refine(isOrigin, {
        error: 'must be an origin such as "https://ops.example.com", without a path, or null',
      })
      .nullable()
      .default(null),
    /**
     * Where the console as a static site finds this API: the address of the `ops` function's HTTP
     * access with `/ops/api`, or a server's. `npm run build` writes it into the console, which
     * then calls no other address. Null: the console asks for it at sign-in.
     */
    apiUrl: z
      .string()
      .refine(isApiUrl, { error: 'must be an address such as "https://example.com/ops/api", or null' })
      .nullable()
      .default(null),
    /**
     * In fen. When an order costs or was paid more than this, a second operator must approve a
     * payment that does not agree with the order. Null: one operator is enough.
     */
    secondPersonAbove: fenAmount.nullable().default(null),
    /** When a second operator must approve what the first one asks for. */
    secondPerson: z
      .strictObject({
        /**
         * In fen. A refund after which more than this has been refunded of its order needs a second
         * person. Null: none does.
         */
        refundAbove: fenAmount.nullable().default(null),
        /** An action on more items than this needs a second person. Null: none does. */
        bulkAbove: z.int().min(1).max(100_000).nullable().default(null),
        /** How long a request waits for its approval before it expires. */
        expireHours: z.int().min(1).max(168).default(24),
      })
      .prefault({}),
    /** A console session without anybody at it ends after this many minutes. */
    idleMinutes: z.int().min(1).max(720).default(30),
    /** The language of notices to operators. */
    language: z.enum(LANGUAGES).default('zh'),
    /**
     * The address of the runbook where your operators can open it, in the notices' language.
     * Alarms link to its chapters. Null: they name none.
     */
    runbookUrl: webAddress,
    /**
     * The address of your console, for links in alarms, such as `https://ops.example.com/console`.
     */
    consoleUrl: webAddress,
  })
  .prefault({});
