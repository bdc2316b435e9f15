/**
 * The functions that receive WeChat Pay's notifications, as `unifiedOrder` and `refund` name them.
 * Either accepts both kinds. The names must match the folders in functions/.
 */
export const CALLBACK_FUNCTIONS = { pay: 'payCallback', refund: 'refundCallback' } as const;
