import Fastify from 'fastify';
import WxPay from 'wechatpay-node-v3';
import { isRecord, parseJson } from '../../lib/values/json';
import { APIV3_KEY, KEY_ID, NUMBER, PAYMENT } from '../v3-samples';
import { paidInline } from './inline';

/** The package keeps WeChat Pay's keys itself and fetches them; here it is given one. */
class WithKey extends WxPay {
  static trust(id: string, pem: string): void {
    this.certificates[id] = pem;
  }
}

/**
 * A callback of API v3 as tutorials write it: Fastify, a widely used package, and the order updated
 * in PostgreSQL before the answer. `pem` is WeChat Pay's public key. Resolves with the port.
 */
export async function startTutorialV3(postgres: string, pem: string): Promise<number> {
  WithKey.trust(KEY_ID, pem);
  const pay = new WithKey({
    ...{ appid: PAYMENT.appid, mchid: NUMBER, serial_no: 'A'.repeat(40), key: APIV3_KEY.toString() },
    // It signs nothing here, but refuses to be made without keys.
    ...{ publicKey: Buffer.from(pem), privateKey: Buffer.from(pem) },
  });
  const paid = await paidInline(postgres);
  const app = Fastify();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    done(null, body);
  });
  app.post('/callback/v3/pay', async (request, reply) => {
    const text = typeof request.body === 'string' ? request.body : '';
    const header = (name: string) => String(request.headers[`wechatpay-${name}`]);
    const genuine = await pay.verifySign({
      ...{ timestamp: header('timestamp'), nonce: header('nonce'), serial: header('serial') },
      ...{ signature: header('signature'), body: text },
    });
    if (!genuine) return reply.code(401).send({ code: 'FAIL', message: 'the signature is wrong' });
    const envelope = parseJson(text);
    const sealed = isRecord(envelope) ? envelope['resource'] : null;
    if (!isRecord(sealed)) return reply.code(400).send({ code: 'FAIL', message: 'there is no resource' });
    const [ciphertext, about, nonce] = [sealed['ciphertext'], sealed['associated_data'], sealed['nonce']];
    const payment: unknown = pay.decipher_gcm(String(ciphertext), String(about), String(nonce));
    const id = isRecord(payment) ? payment['out_trade_no'] : null;
    await paid(String(id), JSON.stringify(payment));
    return reply.send({ code: 'SUCCESS', message: '' });
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const address = app.server.address();
  if (typeof address !== 'object' || address === null) throw new TypeError('Fastify has no port');
  return address.port;
}
