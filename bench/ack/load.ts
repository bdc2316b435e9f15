import { createPrivateKey } from 'node:crypto';
import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';
import { envelopeOf, PAYMENT, signedText } from '../v3-samples';

/**
 * The load generator: on each connection, it sends the next notification when the last is answered.
 * A separate process that uses sockets instead of an HTTP client, so that it costs the two cores as
 * little as possible. Arguments: port, connections, ms; for notifications of API v3 also
 * WeChat Pay's private key in PEM. Those are encrypted and signed before the time runs, and the
 * run ends when none is left.
 */

const [port = 0, connections = 50, durationMs = 5_000] = process.argv.slice(2, 5).map(Number);
const wechatKey = process.argv[5];
const run = Date.now().toString(36);
const latencies: number[] = [];
let sent = 0;
let refused = 0;

/** More than any server here answers. */
const SIGNED_PER_MS = 10;
const signedRequests = wechatKey === undefined ? null : signAll(wechatKey, durationMs * SIGNED_PER_MS);

function signAll(pem: string, count: number): string[] {
  const key = createPrivateKey(pem);
  return Array.from({ length: count }, (_, n) => {
    const serial = String(n + 1).padStart(12, '0');
    const over = { out_trade_no: `${run}${serial}`, transaction_id: `4200000883202603${serial}` };
    const text = JSON.stringify(envelopeOf(JSON.stringify({ ...PAYMENT, ...over })));
    const { timestamp, nonce, signature, serial: keyId } = signedText(text, key);
    const headers = `wechatpay-timestamp: ${timestamp}\r\nwechatpay-nonce: ${nonce}\r\nwechatpay-signature: ${signature}\r\nwechatpay-serial: ${keyId}`;
    return `POST /callback/v3/pay HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n${headers}\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
  });
}

/** The next notification; null when none is left. */
function nextRequest(): string | null {
  return signedRequests === null ? cloudpayRequest() : (signedRequests.pop() ?? null);
}

function cloudpayRequest(): string {
  sent += 1;
  const serial = String(sent).padStart(12, '0');
  const body = JSON.stringify({
    appid: 'wxd2d16a504f24665e',
    bankType: 'OTHERS',
    cashFee: 5800,
    feeType: 'CNY',
    isSubscribe: 'N',
    mchId: '1800008281',
    nonceStr: '48WQRbLbVfe1wwe048WQRbLbVfe1wwe0',
    openid: 'oPoo44y7aaaaaaaaaaaaaaaaaaaa',
    outTradeNo: `${run}${serial}`,
    resultCode: 'SUCCESS',
    returnCode: 'SUCCESS',
    subAppid: 'wx5a1b2c3d4e5f6071',
    subIsSubscribe: 'N',
    subMchId: '1900000109',
    subOpenid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o',
    timeEnd: '20260301115955',
    totalFee: 5800,
    tradeType: 'JSAPI',
    transactionId: `4200000883202603${serial}`,
  });
  return `POST /callback/pay HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\nx-wx-source: wx_paycallback\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

function lane(until: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.setNoDelay(true);
    let begun = 0;
    let text = '';
    const next = () => {
      const request = performance.now() < until ? nextRequest() : null;
      if (request === null) {
        socket.destroy();
        resolve();
        return;
      }
      begun = performance.now();
      text = '';
      socket.write(request);
    };
    socket.on('connect', next);
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      // Every response of every peer ends with the JSON of the reply.
      if (!text.endsWith('}')) return;
      latencies.push(performance.now() - begun);
      if (!text.includes('"errcode":0') && !text.includes('"code":"SUCCESS"')) refused += 1;
      next();
    });
  });
}

async function main(): Promise<void> {
  const begun = performance.now();
  await Promise.all(Array.from({ length: connections }, () => lane(begun + durationMs)));
  const seconds = (performance.now() - begun) / 1000;
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? 0;
  process.send?.({
    perSecond: latencies.length / seconds,
    p50: at(0.5),
    p99: at(0.99),
    acks: latencies.length,
    refused,
  });
}

void main();
