import { runBooks } from '../../operator/books';
import { booksCommand } from '../../operator/books-command';
import type { Terminal } from '../../operator/said';
import type { Discrepancy } from '../../lib/model/discrepancy';
import type { Person } from '../../lib/model/operators/principal';
import type { OpsName, OpsReply } from '../../lib/ops/api';
import { handleOps } from '../../lib/ops/handle';
import { isRecord } from '../../lib/values/json';
import { trusted } from '../../lib/values/trusted';
import { at, billOf, day, MERCHANT, paidOrderOf, sale, stageOf } from '../statement/runs/stage';
import { operateOn } from '../ops/operating';
import { discrepancy, START } from '../store/builders';

const YAN: Person = { name: 'yan', role: 'accountant' };
const TRADE = sale(1, { time: '2026-11-30 10:00:00' });

/** Runs a line of the command on a shop whose last day of November is compared. */
async function onTerminal(
  ...open: readonly Discrepancy[]
): Promise<(line: string, yes?: boolean) => Promise<string>> {
  const stage = stageOf({ start: at('2026-12-01 10:05:00') });
  await stage.store.orders.create(paidOrderOf(TRADE));
  stage.bills.set(day('20261130'), billOf([TRADE]));
  await stage.untilDone();
  await stage.store.discrepancies.see(open);
  const { deps } = operateOn(stage.store, stage.now, { merchants: [MERCHANT], people: () => [YAN] });
  return async (line, yes = true) => {
    const [verb = '', ...rest] = line.split(' ');
    const given = rest.flatMap((word): readonly (readonly [string, unknown])[] => {
      const [name = '', value] = word.slice(2).split('=');
      return word.startsWith('--') ? [[name, value]] : [];
    });
    const names = rest.filter((word) => !word.startsWith('--'));
    const command = booksCommand(verb, names, Object.fromEntries(given));
    if (command === null) return 'another verb';
    let shown = '';
    const terminal: Terminal = {
      client: {
        url: 'here',
        async ask<Name extends OpsName>(op: Name, params: object) {
          const reply: unknown = await handleOps(deps, YAN, { ...params, op });
          if (trusted<OpsReply<Name>>(isRecord)(reply)) return reply;
          throw new Error('no answer');
        },
      },
      ...{ language: 'en', json: false, readNames: async () => [], confirm: async () => yes },
      say: () => undefined,
      isAgreed: false,
      untilStopped: (work) => work(() => false),
      preview: (text) => {
        shown += text;
      },
    };
    const { output, code } = await runBooks(terminal, command);
    return `${shown}${output}exit ${code}`;
  };
}

test('an accountant signs a month off from the terminal, and writes its voucher', async () => {
  const run = await onTerminal();
  expect(await run('months')).toMatch(/1600012345:202611\s+1\s+0\s+not signed/);
  const month = await run(`month ${MERCHANT}:202611`);
  expect(month).toContain('Closes to the fen: yes');
  expect(month).toMatch(/Sales\s+¥0\.00\s+¥10\.01/);
  expect(month).toMatch(/exit 0$/);
  expect(await run(`sign-off ${MERCHANT}:202611`, false)).toMatch(/not signed[^]*exit 1$/);
  expect(await run(`sign-off ${MERCHANT}:202611`)).toMatch(/NEEDS_NOTE[^]*exit 1$/);
  const signed = await run(`sign-off ${MERCHANT}:202611 --why=opened-on-the-30th`);
  expect(signed).toMatch(/bill 20261130 [0-9a-f]{64}\n/);
  expect(signed).toMatch(/yan 2026-12-01 [\d:]+ [0-9a-f]{64}\nexit 0$/);
  expect(await run(`month ${MERCHANT}:202611 --export=voucher`)).toContain(
    '2026-11-30,WX-1600012345-202611,1',
  );
  expect(await run(`amend ${MERCHANT}:202611 --why=late`)).toBe(
    `${MERCHANT}:202611 may change until somebody signs it again\nexit 0`,
  );
  expect(await run('open-items')).toMatch(/exit 0$/);
});

test('an owner and a comment are said once they are given', async () => {
  const open = discrepancy(1, START);
  const run = await onTerminal(open);
  expect(await run(`assign ${open.id} --owner=yan`)).toMatch(/owner\n.+ +yan\nexit 0$/);
  expect(await run(`assign ${open.id}`)).toMatch(/ —\nexit 0$/);
  expect(await run(`comment ${open.id} --why=asked`)).toMatch(/comments\n.+ +1\nexit 0$/);
});

test.each([
  ['month 1600012345', 'month takes'],
  ['month 1600012345:202613', 'month takes'],
  ['month 1600012345:202611 --export=pdf', '--export one of'],
  ['sign-off 1600012345:20261131', 'sign-off takes'],
  ['amend 1600012345:202611', 'amend needs --why'],
  ['comment a:b:c', 'comment needs --why'],
  ['assign', 'assign what'],
  ['months --why=x', '--why means nothing'],
])('%s is not understood', async (line, message) => {
  const run = await onTerminal();
  await expect(run(line)).rejects.toThrow(message);
});
