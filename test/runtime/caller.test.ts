import { operatorsOf } from '../../lib/config/operators';
import { principalOf } from '../../lib/model/caller';
import type { Principal } from '../../lib/model/operators/principal';
import { guarded, PAYER } from '../store/builders';
import { isPayerId, maskPayer } from '../../lib/values/ids';

const READER = guarded(isPayerId, 'oSomebodyWhoMayLook00000001');
const STAFF = operatorsOf({ operators: [PAYER], readers: [READER] });
const NO_LIMIT = { single: null, day: null };
const SOMEBODY = guarded(isPayerId, 'oSomebodyElse00000000000001');

/** Who a call is made by, in one word. */
function wordOf(by: Principal): string {
  switch (by.kind) {
    case 'person':
      return by.role === 'act' ? 'operator' : 'reader';
    case 'merchant':
      return 'merchant';
    case 'nobody':
      return 'none';
  }
}

describe('in whose name a call is made', () => {
  test.each<[string, string | null, string]>([
    ['wx_client', PAYER, 'operator'],
    ['wx_client', SOMEBODY, 'none'],
    ['wx_client', READER, 'reader'],
    ['wx_client,scf', READER, 'reader'],
    ['wx_localdebug', READER, 'none'],
    ['', READER, 'none'],
    ['wx_client', null, 'none'],
    ['wx_client,scf', SOMEBODY, 'none'],
    ['wx_client, scf', SOMEBODY, 'none'],
    ['scf,wx_client', SOMEBODY, 'none'],
    ['wx_client,scf', PAYER, 'operator'],
    ['wx_client,wx_paycallback', PAYER, 'none'],
    ['scf', null, 'merchant'],
    ['scf', SOMEBODY, 'merchant'],
    ['scf,scf', null, 'merchant'],
    ['wx_http', null, 'merchant'],
    ['wx_http,scf', null, 'merchant'],
    ['wx_trigger', null, 'merchant'],
    ['wx_trigger,scf', null, 'merchant'],
    ['wx_devtools', null, 'operator'],
    ['wx_paycallback', null, 'none'],
    ['wx_paycallback,scf', null, 'none'],
    ['wx_localdebug', PAYER, 'none'],
    ['wx_unknown', PAYER, 'none'],
    ['wx_crawler', null, 'none'],
    ['', PAYER, 'none'],
    ['scf,', null, 'none'],
    ['SCF', null, 'none'],
    ['xscf', null, 'none'],
  ])('%j by %s: %s', (source, payer, expected) => {
    expect(wordOf(principalOf(source, isPayerId(payer) ? payer : null, STAFF))).toBe(expected);
  });

  test('nobody is an operator unless the settings name them', () => {
    expect(principalOf('wx_client', PAYER, [])).toEqual({ kind: 'nobody' });
  });

  test('people are named as the settings name them, by a part of their OPENID, or by their tool', () => {
    const operator = { kind: 'person', role: 'act' };
    const named = operatorsOf({
      operators: [
        { name: '李雷', role: 'refund', openIds: [PAYER], tokens: [], refund: NO_LIMIT, revoked: false },
        { name: 'han', role: 'act', openIds: [SOMEBODY], tokens: [], refund: NO_LIMIT, revoked: true },
      ],
      readers: [],
    });
    const li = { kind: 'person', name: '李雷', role: 'refund' };
    expect(principalOf('wx_client', PAYER, named)).toEqual(li);
    expect(principalOf('wx_client', SOMEBODY, named)).toEqual({ kind: 'nobody' });
    expect(principalOf('wx_client', PAYER, STAFF)).toEqual({ ...operator, name: maskPayer(PAYER) });
    expect(principalOf('wx_devtools', null, STAFF)).toEqual({ ...operator, name: 'wx_devtools' });
    expect(principalOf('wx_devtools', PAYER, STAFF)).toEqual({ ...operator, name: maskPayer(PAYER) });
  });
});
