import type { Config } from '../../config/config-schema';

/** Put in place of this name by `scripts/build.ts`: the settings as they were validated when the function was built. */
declare const WXPAY_INBOX_CONFIG: Config;

/** The settings this function was built with. Nothing is read or checked at run time: a cold start has no time for it. */
export const builtConfig: Config = WXPAY_INBOX_CONFIG;
