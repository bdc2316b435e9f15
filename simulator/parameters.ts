import { z } from 'zod';
import { isPayableFen, type Fen } from '../lib/values/fen';

/** 商户订单号: 1 to 32 of these. */
export const orderNumber = z.string().regex(/^[0-9A-Za-z_\-|*]{1,32}$/);

/** 微信订单号. */
export const transactionNumber = z.string().min(1).max(32);

/** 商户退款单号: 1 to 64 of these. */
export const refundNumber = z.string().regex(/^[0-9A-Za-z_\-|*@]{1,64}$/);

/** 特约商户号. */
export const merchant = z.string().regex(/^\d{1,32}$/);

/** 随机字符串, documented as required everywhere. */
export const nonce = z.string().min(1).max(32);

/** An amount in fen, as a Number. */
export const amount = z.custom<Fen>(isPayableFen);
