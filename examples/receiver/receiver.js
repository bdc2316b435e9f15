// Fulfils orders that wxpay-inbox calls for: docs/fulfilment.md. Node.js alone, no packages.
// FULFILMENT_WEBHOOK_SECRET=whsec_... node receiver.js
const { createHmac, timingSafeEqual } = require('node:crypto');
const { createServer } = require('node:http');

/** The body, if it was signed with the secret within the last five minutes; otherwise null. */
function verified(headers, body, secret, nowMs = Date.now()) {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures = '' } = headers;
  if (!(Math.abs(nowMs / 1000 - Number(timestamp)) <= 300)) return null;
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const wanted = Buffer.from(
    `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`,
  );
  const isWanted = (one) => one.length === wanted.length && timingSafeEqual(one, wanted);
  return signatures
    .split(' ')
    .map((one) => Buffer.from(one))
    .some(isWanted)
    ? JSON.parse(body)
    : null;
}

/** A call has a few KB. Anybody may send more before a signature is checked. */
const MOST_BYTES = 1_000_000;

/** Answers calls; `fulfil(order, key)` does the work once for a key, and returns a receipt. */
function receiver(secret, fulfil) {
  return createServer(async (request, response) => {
    const answer = (status, body) => response.writeHead(status).end(JSON.stringify(body));
    try {
      const chunks = [];
      let bytes = 0;
      for await (const chunk of request) {
        bytes += chunk.length;
        if (bytes > MOST_BYTES) return request.destroy();
        chunks.push(chunk);
      }
      const event = verified(request.headers, Buffer.concat(chunks).toString('utf8'), secret);
      if (event === null) return answer(401, { message: 'the signature does not fit' });
      if (event.type !== 'order.paid') return answer(200, {});
      return answer(200, { receipt: await fulfil(event.data.order, event.data.idempotencyKey) });
    } catch {
      // The caller hung up, or the work failed. It calls again with the same key.
      return answer(500, { message: 'try again' });
    }
  });
}

module.exports = { receiver, verified };
// Keep the receipts in your database: a key that comes again must get its first receipt.
const receipts = new Map();
const fulfilOnce = (order, key) =>
  receipts.get(key) ?? receipts.set(key, `parcel ${order.outTradeNo}`).get(key);
if (require.main === module) receiver(process.env.FULFILMENT_WEBHOOK_SECRET, fulfilOnce).listen(8080);
