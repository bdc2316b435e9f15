import { isOutTradeNo } from '../../lib/values/ids';
import { PAYER } from '../store/builders';
import { inFolder, onServer, testConfig, type Running } from './running';

async function story(server: Running, outTradeNo: string) {
  if (!isOutTradeNo(outTradeNo)) throw new Error(`not an order number: ${outTradeNo}`);
  const [order] = await server.system.store.orders.find([outTradeNo]);
  const [messages, discrepancies] = await Promise.all([
    server.system.store.inbox.ofOrder(outTradeNo),
    server.system.store.discrepancies.ofOrder(outTradeNo),
  ]);
  const times = (event: string) => order?.history.filter((entry) => entry.event === event).length;
  return { order, messages, classes: discrepancies.map((one) => one.class), times };
}
const onOne = (run: (server: Running) => Promise<void>) => inFolder((folder) => onServer(folder, run));
const pay = (server: Running, outTradeNo: string, faults: object = {}) =>
  server.send('POST', '/simulator/pay', { outTradeNo, faults });

test('an order paid with five notifications at once is paid once and fulfilled once', () =>
  onOne(async (server) => {
    const outTradeNo = await server.order('request-0001');
    expect((await pay(server, outTradeNo, { concurrent: 5 })).body).toMatchObject({ ok: true });
    await server.settled();
    const { order, messages, times } = await story(server, outTradeNo);
    expect(order).toMatchObject({
      payment: { state: 'paid', knownBy: 'callback' },
      fulfilment: { state: 'done' },
    });
    expect([times('paid'), times('fulfilled')]).toEqual([1, 1]);
    expect(messages).toMatchObject([{ state: 'done', deliveries: 5 }]);
    const metrics = (await server.send('GET', '/metrics')).text;
    expect(metrics).toContain('wxpay_inbox_notifications_total{result="stored"} 1');
    expect(metrics).toContain('wxpay_inbox_notifications_total{result="repeat"} 4');
    expect(metrics).toContain('wxpay_inbox_orders{aspect="fulfilment",state="done"} 1');
  }));

test('a lost notification is sent again and applied', () =>
  onOne(async (server) => {
    const outTradeNo = await server.order('request-0001');
    await pay(server, outTradeNo, { lose: 2, duplicates: 1 });
    await server.settled();
    expect((await story(server, outTradeNo)).order?.fulfilment.state).toBe('done');
  }));

test('when every notification is lost, the payer’s question finds the payment', () =>
  onOne(async (server) => {
    const outTradeNo = await server.order('request-0001');
    await pay(server, outTradeNo, { lose: 'all' });
    expect((await story(server, outTradeNo)).order?.payment.state).toBe('pending');
    const { body } = await server.call('queryOrder', { outTradeNo });
    expect(body).toMatchObject({ ok: true, order: { payment: 'paid' } });
    await server.system.workers.whenIdle();
    expect((await story(server, outTradeNo)).order).toMatchObject({
      payment: { knownBy: 'query' },
      fulfilment: { state: 'done' },
    });
  }));

test('a forged call changes nothing, whatever it is marked', () =>
  onOne(async (server) => {
    const outTradeNo = await server.order('request-0001');
    for (const source of ['wx_client', 'wx_http', 'scf']) {
      await server.send('POST', '/simulator/forge', { outTradeNo, source });
    }
    await server.settled();
    const { order, classes, times } = await story(server, outTradeNo);
    expect(order).toMatchObject({ payment: { state: 'pending' }, fulfilment: { state: 'none' } });
    expect([times('paid'), classes]).toEqual([0, []]);
  }));

test('another amount becomes a dead letter under its name and fulfils nothing', () =>
  onOne(async (server) => {
    const outTradeNo = await server.order('request-0001');
    await pay(server, outTradeNo, { wrongAmount: 1 });
    await server.settled();
    const { order, messages, classes } = await story(server, outTradeNo);
    expect(order).toMatchObject({ payment: { state: 'pending' }, fulfilment: { state: 'none' } });
    expect(messages).toMatchObject([{ state: 'dead', reason: 'mismatch' }]);
    expect(classes).toEqual(['amount_mismatch']);
  }));

test('the story shows no payer and no payment parameters', () =>
  onOne(async (server) => {
    const outTradeNo = await server.order('request-0001');
    await pay(server, outTradeNo);
    await server.settled();
    const { text } = await server.send('GET', `/demo/orders/${outTradeNo}`);
    expect(text).not.toContain(PAYER);
    expect(text).not.toContain('paySign');
  }));

test('a server that is stopped and started again goes on where it was', () =>
  inFolder(async (folder) => {
    let outTradeNo = '';
    await onServer(folder, async (server) => {
      outTradeNo = await server.order('request-0001');
    });
    await onServer(folder, async (server) => {
      expect(await server.order('request-0001')).toBe(outTradeNo);
      expect((await pay(server, outTradeNo)).body).toMatchObject({ ok: true });
      await server.settled();
      expect((await story(server, outTradeNo)).order?.fulfilment.state).toBe('done');
    });
  }));

test('a merchant on Cloud Run is paid: the notification proves nothing, and a query does', () =>
  inFolder((folder) =>
    onServer(
      folder,
      async (server) => {
        const outTradeNo = await server.order('request-0001');
        const before = await story(server, outTradeNo);
        expect(before.order?.prepayBody).toContain('"container":{"service":"this-server"');
        await pay(server, outTradeNo);
        await server.settled();
        const { order, messages } = await story(server, outTradeNo);
        expect(order).toMatchObject({
          payment: { state: 'paid', knownBy: 'query' },
          fulfilment: { state: 'done' },
        });
        expect(order).not.toHaveProperty('prepayBody');
        expect(messages.map(({ trust }) => trust).sort()).toEqual(['platform', 'unverified']);
      },
      null,
      10_000,
      null,
      testConfig([{ subMchId: '1900000109', channel: 'cloudrun' }]),
    ),
  ));
