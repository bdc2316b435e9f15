import { prepareFolder, startProcess } from '../torture/real-process';
import { inFolder, loggedIn, LOGIN_SECRET } from '../server/running';
import { notificationFor } from '../inbox/notifications';
import { guarded, order } from '../store/builders';
import { isPayerId } from '../../lib/values/ids';
import { isRecord } from '../../lib/values/json';

/*
 * The real process does everything that involves a secret or a payer, with recognisable values,
 * while a stranger writes into every field that reaches a log. Then every logged line and every
 * answer is searched.
 */

const PAYER = 'oMARKEDPAYERxxxxxxxxxxxxxxxx';
const STRANGER = 'oSTRANGERPAYERxxxxxxxxxxxxxx';
const ACT = 'MARKEDACTTOKEN-0123456789';
const READ = 'MARKEDREADTOKEN-0123456789';
const GUESS = 'MARKEDGUESS-0123456789';
const ATTACH = 'MARKEDATTACH';
/**
 * A forged log line, terminal colours, the end of a JSON text, and text that a browser or a
 * spreadsheet would run.
 */
const POISON = `\r\n{"level":"info","event":"forged_line"}\n\u001b[31mred\u001b[0m\u009b31m"}]}<script>alert(1)</script>=HYPERLINK("x")`;

interface Told {
  /** What the caller was told, where the caller is not an operator who may see it. */
  readonly answers: string[];
  readonly lines: readonly string[];
}

async function story(): Promise<Told> {
  let output = '';
  const answers: string[] = [];
  await inFolder(async (folder) => {
    prepareFolder(folder, { log: { level: 'debug' }, simulator: { speed: 10_000 } });
    const server = await startProcess(folder, {
      env: { OPS_TOKEN: ACT, OPS_READ_TOKEN: READ, LOGIN_SECRET },
      onSpawn: (child) => {
        for (const stream of [child.stdout, child.stderr])
          stream?.on('data', (part: Buffer) => (output += part.toString()));
      },
    });
    const ask = async (
      path: string,
      body: unknown,
      headers: Readonly<Record<string, string>> = {},
    ): Promise<unknown> => {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const response = await fetch(`${server.url}${path}`, { method: 'POST', body: text, headers });
      const answer = await response.text();
      answers.push(answer);
      try {
        return JSON.parse(answer) as unknown;
      } catch {
        return null;
      }
    };
    const payer = loggedIn(guarded(isPayerId, PAYER));
    const stranger = loggedIn(guarded(isPayerId, STRANGER));
    const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
    try {
      const cart = [{ sku: 'tea', count: 1 }];
      const made = await ask('/functions/createOrder', { requestId: 'marked-request-1', cart }, payer);
      answers.pop(); // The payment parameters are the payer's own.
      const outTradeNo = isRecord(made) ? String(made['outTradeNo']) : '';
      const event = {
        ...notificationFor(order(1)),
        outTradeNo,
        attach: `${POISON}${ATTACH}`,
        bankType: POISON,
        subOpenid: PAYER,
        totalFee: 5800,
        cashFee: 5800,
      };
      // Every source a caller may claim.
      for (const source of [
        'wx_client',
        'wx_http',
        'wx_paycallback',
        'wx_client,scf',
        'odd\u009b31m',
        'x'.repeat(5_000),
      ]) {
        await ask('/callback/pay', event, { 'x-wx-source': source });
        await ask(
          '/callback/pay',
          { ...event, outTradeNo: POISON, transactionId: POISON },
          { 'x-wx-source': source },
        );
        await ask(
          '/callback/refund',
          { ...event, outRefundNo: POISON, refundStatus: POISON },
          { 'x-wx-source': source },
        );
      }
      await ask(
        '/callback/pay',
        { ...event, totalFee: 1, transactionId: '4200000000000000000000000009' },
        { 'x-wx-source': 'wx_paycallback' },
      );
      await ask('/callback/pay', `{"attach":"${ATTACH}`, { 'x-wx-source': 'wx_paycallback' });
      for (const name of ['queryOrder', 'closeOrder', 'refundOrder', 'createOrder', 'queryRefund']) {
        for (const asked of [
          { outTradeNo },
          { outTradeNo: POISON, requestId: POISON, cart: POISON, reason: POISON },
        ]) {
          await ask(`/functions/${name}`, asked, stranger);
          await ask(`/functions/${name}`, asked, payer);
        }
      }
      await ask(
        `/functions/refundOrder`,
        { outTradeNo, amount: 100, requestId: 'marked-refund-1', reason: POISON },
        bearer(ACT),
      );
      for (const worker of [
        'processInbox',
        'fulfillOrders',
        'followRefunds',
        'reconcileOrders',
        'reconcileStatement',
        'watchdog',
        'retain',
      ]) {
        await ask(`/workers/${worker}`, {}, bearer(ACT));
      }
      for (const token of [GUESS, `${ACT}x`, POISON.replace(/[^ -~]/g, '')])
        await ask('/ops/api/overview', {}, bearer(token));
      await ask('/ops/api/show_order', { outTradeNo }, bearer(READ));
      await ask('/ops/api/search', { text: POISON }, bearer(READ));
      await ask('/ops/api/list_messages', { state: 'dead' }, bearer(READ));
      await ask('/ops/api/act', { action: 'dismiss_message', names: [POISON], reason: POISON }, bearer(ACT));
      await ask('/ops/api/act', { action: POISON, names: [POISON], reason: POISON }, bearer(ACT));
      answers.push(await (await fetch(`${server.url}/metrics`, { headers: bearer(READ) })).text());
    } finally {
      await server.end('SIGTERM');
    }
  });
  return {
    answers,
    lines: output.split('\n').filter((line) => line !== '' && !line.startsWith('wxpay-inbox: open')),
  };
}

describe('a process that was led through everything', () => {
  let told: Told;
  beforeAll(async () => {
    told = await story();
  }, 120_000);

  it('wrote one JSON object a line, each of an event of its own, whatever strangers sent', () => {
    expect(told.lines.length).toBeGreaterThan(20);
    const odd = told.lines.filter((line) => {
      const parsed: unknown = JSON.parse(line);
      return !isRecord(parsed) || typeof parsed['event'] !== 'string' || parsed['event'] === 'forged_line';
    });
    expect(odd).toEqual([]);
  });

  it('wrote nothing that a terminal obeys, and no line without bound', () => {
    expect(told.lines.filter((line) => hasControl(line))).toEqual([]);
    expect(Math.max(...told.lines.map((line) => line.length))).toBeLessThan(4_000);
  });

  it.each([
    ['the payer', PAYER],
    ['a stranger', STRANGER],
    ['the token of who may act', ACT],
    ['the token of who may look', READ],
    ['a token somebody guessed', GUESS],
    ['what the merchant attached', ATTACH],
    ['a signature of payment parameters', 'paySign'],
  ])('logged nothing of %s', (_what, mark) => {
    expect(told.lines.filter((line) => line.includes(mark))).toEqual([]);
  });

  it.each([
    ['the payer', PAYER],
    ['the token of who may act', ACT],
    ['the token of who may look', READ],
    ['a stack', '.ts:'],
    ['a path of this machine', '/node_modules/'],
  ])('answered nothing of %s', (_what, mark) => {
    expect(told.answers.filter((answer) => answer.includes(mark))).toEqual([]);
  });
});

/** C0, DEL and C1: escape sequences begin with them. */
function hasControl(line: string): boolean {
  return Array.from(line).some((letter) => {
    const code = letter.codePointAt(0) ?? 0;
    return code < 0x20 || (code >= 0x7f && code <= 0x9f);
  });
}
