import { readingOf } from '../../lib/ops/lists/list-orders';
import { lookUpsOf } from '../../lib/ops/lists/search';
import { fen } from '../../lib/values/fen';
import { START } from '../store/builders';

const ALWAYS = { from: null, to: null };

test('a list is read by what an index sorts, and refused otherwise', () => {
  expect(readingOf({})).toEqual({ kind: 'states' });
  expect(readingOf({ payment: 'paid', fulfilment: 'held', sort: 'oldest', from: START })).toEqual({
    kind: 'states',
  });
  expect(readingOf({ sort: 'largest' })).toEqual({
    kind: 'look_up',
    by: { kind: 'size', first: 'largest', fulfilment: null },
  });
  expect(readingOf({ sort: 'smallest', fulfilment: 'dead' })).toMatchObject({ by: { fulfilment: 'dead' } });
  expect(readingOf({ amount: fen(880), from: START })).toEqual({
    kind: 'look_up',
    by: { kind: 'amount', total: 880, created: { from: START, to: null } },
  });
  const refused = [
    { sort: 'largest', fulfilment: 'done' },
    { sort: 'largest', payment: 'paid' },
    { sort: 'smallest', from: START },
    { sort: 'oldest', amount: fen(1) },
    { amount: fen(1), payer: 'aB1' },
    { payer: 'aB1', late: 'unknown' },
    { prefix: 'A', to: START },
  ] as const;
  for (const asked of refused) expect([asked, readingOf(asked)]).toEqual([asked, null]);
});

test('a search text is the beginning of a number, an amount, a masked payer, or several of them', () => {
  expect(lookUpsOf('oAb***x9Y')).toEqual([{ kind: 'payer', tail: 'x9Y', created: ALWAYS }]);
  expect(lookUpsOf('***x9Y')).toEqual([{ kind: 'payer', tail: 'x9Y', created: ALWAYS }]);
  expect(lookUpsOf('¥88.5')).toEqual([{ kind: 'amount', total: 8_850, created: ALWAYS }]);
  expect(lookUpsOf('88元')).toEqual([{ kind: 'amount', total: 8_800, created: ALWAYS }]);
  expect(lookUpsOf('2026')).toEqual([
    { kind: 'prefix', prefix: '2026' },
    { kind: 'amount', total: 202_600, created: ALWAYS },
  ]);
  expect(lookUpsOf('A-1')).toEqual([]);
  expect(lookUpsOf('0')).toEqual([]);
});
