import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { enDay } from '../../console/language/en-day';
import { zhDay } from '../../console/language/zh-day';
import type { ShownBulk } from '../../lib/ops/bulk/bulk-api';
import { fen } from '../../lib/values/fen';
import { readArguments } from '../../operator/arguments';
import { bulkText, previewText } from '../../operator/bulk/bulk';
import { BULK_WORDS } from '../../operator/bulk/words';
import { command } from '../../operator/command';
import { inFolder, onServer } from '../server/running';
import { message, START } from '../store/builders';

const ACT = 'the-token-of-who-may-act';

const BULK: ShownBulk = {
  id: 'bulk-of-the-cases',
  action: 'refund_order',
  by: 'li',
  approver: null,
  reason: 'recall',
  state: 'running',
  createdAt: START,
  items: 3,
  amount: fen(5_800),
  digest: '',
  itemsOf: '',
  declined: null,
  tally: { done: 1, unchanged: 0, refused: 1, unknown: 1, begun: 0, left: 0 },
  mayGoOn: true,
  mayCancel: true,
};

describe('the words of a bulk action', () => {
  it.each([
    ['en', enDay],
    ['zh', zhDay],
  ] as const)('are those of the console (%s)', (language, { bulk }) => {
    const { standing, tally } = BULK_WORDS[language];
    expect({ standing, tally }).toEqual({ standing: bulk.state, tally: bulk.tally });
  });

  const preview = { count: 2_000, leftOut: 3, amount: fen(5_800), more: true, needsApproval: true };

  it('call the sum of a list that is cut a lower bound', () => {
    expect(previewText(BULK_WORDS.en, preview)).toContain('2000 items, at least ¥58.00 in all');
    expect(previewText(BULK_WORDS.zh, preview)).toContain('合计至少 ¥58.00');
    const whole = previewText(BULK_WORDS.en, { ...preview, more: false });
    expect(whole).toContain('2000 items, ¥58.00 in all');
    expect(whole).toMatch(/3 more .* left out[^]*second person/);
  });

  it('name the items that need a person, and how it goes on', () => {
    const items = [
      { name: 'order-1', seen: null, begunAt: START, result: 'done' },
      { name: 'order-2', seen: null, begunAt: START, result: 'CHANGED_SINCE' },
      { name: 'order-3', seen: null, begunAt: START, result: 'UNKNOWN' },
    ];
    const said = bulkText(BULK_WORDS.en, BULK, items);
    expect(said).toMatch(/order-2 +CHANGED_SINCE\norder-3 +UNKNOWN/);
    expect(said).not.toContain('order-1');
    expect(said).toContain('bulk continue bulk-of-the-cases');
    const waiting = bulkText(BULK_WORDS.zh, { ...BULK, state: 'waiting' }, []);
    expect(waiting).toContain('approve bulk-bulk-of-the-cases');
  });
});

describe('the arguments of bulk', () => {
  const read = (...args: readonly string[]) => readArguments(['bulk', ...args], {}).command;

  it('take an action with the filters of its list', () => {
    const filter = { fulfilment: 'dead', from: Date.parse('2026-03-01T00:00:00+08:00') };
    expect(read('retry', '--fulfilment', 'dead', '--from', '2026-03-01')).toEqual({
      ...{ kind: 'bulk', step: 'start', action: 'retry_fulfilment' },
      filter,
      reason: null,
    });
    expect(read('ask-refund', '--state', 'processing')).toMatchObject({ filter: { refund: 'processing' } });
  });

  it.each([
    ['refund --why x', /needs a filter/],
    ['refund --class fee_mismatch', /has no --class/],
    ['pay-out --state abnormal', /no such bulk action/],
    ['retry order-1 --fulfilment dead', /instead of names/],
    ['cancel', /takes the id/],
    ['show one --why x', /takes the id/],
  ])('refuse %s', (args, why) => {
    expect(() => read(...args.split(' '))).toThrow(why);
  });
});

it('is previewed, begun, stopped by Ctrl-C, and carried on to its end at a server', () =>
  inFolder((folder) =>
    onServer(
      folder,
      async (server) => {
        const { inbox } = server.system.store;
        for (const n of [1, 2, 3]) {
          await inbox.record(message(n));
          await inbox.dismiss([message(n).key], 'li', 'a test', START);
        }
        const ops = async (args: string, press: boolean) => {
          const [output, errors] = [new PassThrough(), new PassThrough()];
          let isListening = false;
          const code = await command(args.split(' '), {
            environment: { OPS_TOKEN: ACT, OPS_URL: server.url },
            input: Readable.from(['']),
            output,
            errors,
            onInterrupt: (listener) => {
              isListening = true;
              if (press) listener();
              return () => (isListening = false);
            },
          });
          output.end();
          errors.end();
          expect(isListening).toBe(false);
          return { code, out: await text(output), err: await text(errors) };
        };

        const unasked = await ops('bulk replay --why again', false);
        expect(unasked.code).toBe(2);
        expect(unasked.err).toMatch(/3 items[^]*add --yes/);

        const stopped = await ops('bulk replay --why again --yes', true);
        expect(stopped.code).toBe(1);
        expect(stopped.out).toMatch(/3 items; running\nleft 3\n.*bulk continue/);
        const [, id = ''] = /bulk continue ([0-9a-f-]{36})/.exec(stopped.out) ?? [];
        const ended = await ops(`bulk continue ${id}`, false);
        expect(ended).toMatchObject({ code: 0, err: '3 of 3\n' });
        expect(ended.out).toContain('done 3');
        expect(await ops(`bulk show ${id}`, false)).toMatchObject({ code: 0, out: ended.out });
        expect(await ops(`bulk cancel ${id}`, false)).toMatchObject({ code: 0, out: ended.out });
        expect((await ops('bulk replay --reason mismatch --why again --yes', false)).out).toContain(
          'no item of this list',
        );
        expect((await ops('bulk show never-begun', false)).out).toContain('NOT_FOUND');
      },
      ACT,
    ),
  ));
