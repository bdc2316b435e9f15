import type { Config } from '../../config/config-schema';

/** `scripts/build.ts` replaces this name with the settings, validated at build time. */
declare const WXPAY_INBOX_CONFIG: Config;

/**
 * The settings this function was built with. Nothing is read or validated at run time, to keep cold
 * starts short.
 */
export const builtConfig: Config = WXPAY_INBOX_CONFIG;
