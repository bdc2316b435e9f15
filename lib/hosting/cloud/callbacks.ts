/**
 * The functions that WeChat Pay's notifications go to, as `unifiedOrder` and `refund` are told them. Either takes both kinds. They must be
 * the names of the folders in functions/.
 */
export const CALLBACK_FUNCTIONS = { pay: 'payCallback', refund: 'refundCallback' } as const;
