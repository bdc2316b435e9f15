'use strict';

// A payment callback as in cloud development tutorials: everything inline, on the real SDK.

const cloud = require('wx-server-sdk');
cloud.init({ env: process.env.TCB_ENV });
const db = cloud.database();

exports.main = async (event) => {
  const orders = db.collection('orders');
  const { data } = await orders.where({ outTradeNo: event.outTradeNo }).get();
  if (data.length === 0) return { errcode: 1, errmsg: 'no such order' };
  await orders
    .where({ outTradeNo: event.outTradeNo })
    .update({ data: { state: 'paid', paidBy: event.transactionId } });
  await db.collection('deliveries').add({ data: { outTradeNo: event.outTradeNo, at: Date.now() } });
  return { errcode: 0, errmsg: 'ok' };
};
