/**
 * API v3 of real money: its host, and its backup.
 * https://pay.weixin.qq.com/doc/v3/merchant/4012081709
 */
export const REAL_HOSTS = ['https://api.mch.weixin.qq.com', 'https://api2.mch.weixin.qq.com'] as const;
