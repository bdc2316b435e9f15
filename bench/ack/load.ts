import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';

/**
 * The load generator: on each connection, it sends the next notification when the last is answered.
 * A separate process that uses sockets instead of an HTTP client, so that it costs the two cores as
 * little as possible. Arguments: port, connections, ms.
 */

const [port = 0, connections = 50, durationMs = 5_000] = process.argv.slice(2).map(Number);
const run = Date.now().toString(36);
const latencies: number[] = [];
let sent = 0;
let refused = 0;

function request(): string {
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
      begun = performance.now();
      text = '';
      socket.write(request());
    };
    socket.on('connect', next);
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      // Every response of every peer ends with the JSON of the reply.
      if (!text.endsWith('}')) return;
      latencies.push(performance.now() - begun);
      if (!text.includes('"errcode":0')) refused += 1;
      if (performance.now() < until) next();
      else {
        socket.destroy();
        resolve();
      }
    });
  });
}

async function main(): Promise<void> {
  const begun = performance.now();
  await Promise.all(Array.from({ length: connections }, () => lane(begun + durationMs)));
  const seconds = (performance.now() - begun) / 1000;
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? 0;
  process.send?.({ perSecond: latencies.length / seconds, p50: at(0.5), p99: at(0.99), refused });
}

void main();
