import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { receiver } from '../../examples/receiver/receiver';

/* The receiver of docs/fulfilment.md, called as wxpay-inbox calls it. */

const SECRET = `whsec_${Buffer.alloc(32, 5).toString('base64')}`;

test('the example of a receiver fulfils what is signed, once for a key, and refuses the rest', async () => {
  const worked: string[] = [];
  const receipts = new Map<string, string>();
  let isBroken = false;
  const server = receiver(SECRET, (order, key) => {
    if (isBroken) throw new Error('the warehouse does not answer');
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
  const port = isPort(address) ? address.port : 0;
  const url = `http://127.0.0.1:${port}/fulfil`;
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
    isBroken = true;
    expect(await call(paid)).toMatchObject({ status: 500 });
    isBroken = false;
    // Nor is more read of a stranger than a call can have.
    await expect(
      fetch(url, { method: 'POST', body: Buffer.alloc(4_000_000, 'a') }).then(({ status }) => status),
    ).rejects.toThrow('fetch failed');
    // A stranger who hangs up in the middle of a call does not end the receiver.
    const arrived = once(server, 'request');
    const stranger = connect(port, '127.0.0.1');
    stranger.write('POST / HTTP/1.1\r\nhost: shop\r\ncontent-length: 9\r\n\r\n{');
    await arrived;
    stranger.resetAndDestroy();
    await once(stranger, 'close');
    expect(await call(paid)).toMatchObject({ status: 200 });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});
