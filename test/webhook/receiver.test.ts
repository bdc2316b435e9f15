import { createHmac } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { receiver } from '../../examples/receiver/receiver';

/* The receiver of docs/fulfilment.md, called as wxpay-inbox calls it. */

const SECRET = `whsec_${Buffer.alloc(32, 5).toString('base64')}`;

test('the example of a receiver fulfils what is signed, once for a key, and refuses the rest', async () => {
  const worked: string[] = [];
  const receipts = new Map<string, string>();
  const server = receiver(SECRET, (order, key) => {
    const known = receipts.get(key);
    if (known !== undefined) return known;
    worked.push(order.outTradeNo);
    receipts.set(key, `parcel ${order.outTradeNo}`);
    return `parcel ${order.outTradeNo}`;
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const isPort = (address: string | AddressInfo | null): address is AddressInfo =>
    typeof address === 'object';
  const address = server.address();
  const url = `http://127.0.0.1:${isPort(address) ? address.port : 0}/fulfil`;
  const call = async (event: object, secret = SECRET) => {
    const body = JSON.stringify(event);
    const timestamp = String(Math.floor(Date.now() / 1000));
    const key = Buffer.from(secret.slice(6), 'base64');
    const signature = createHmac('sha256', key).update(`fulfil:1.${timestamp}.${body}`).digest('base64');
    const headers = {
      'webhook-id': 'fulfil:1',
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,b3RoZXI= v1,${signature}`,
    };
    const response = await fetch(url, { method: 'POST', headers, body });
    return { status: response.status, answer: await response.json() };
  };
  const paid = { type: 'order.paid', data: { idempotencyKey: 'fulfil:1', order: { outTradeNo: '1' } } };
  try {
    expect(await call(paid)).toEqual({ status: 200, answer: { receipt: 'parcel 1' } });
    expect(await call(paid)).toEqual({ status: 200, answer: { receipt: 'parcel 1' } });
    expect(await call(paid, `whsec_${Buffer.alloc(32, 6).toString('base64')}`)).toMatchObject({
      status: 401,
    });
    expect(await call({ type: 'test', data: { idempotencyKey: 'test:1' } })).toMatchObject({ status: 200 });
    expect(worked).toEqual(['1']);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});
