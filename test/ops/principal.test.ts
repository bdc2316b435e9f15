import { ROLES } from '../../lib/config/roles';
import type { Principal } from '../../lib/model/operators/principal';
import {
  limitsOf,
  may,
  PERMISSIONS,
  permissionsOf,
  personOf,
  refunderOf,
} from '../../lib/model/operators/principal';
import { isChanging, OPS_NAMES } from '../../lib/ops/handle';
import { OPERATIONS } from '../../lib/ops/operations';
import { fen } from '../../lib/values/fen';
import { tradeNo } from '../store/builders';

const LI: Principal = { kind: 'person', name: 'li', role: 'act' };
const WANG: Principal = { kind: 'person', name: 'wang', role: 'read' };
const CODE: Principal = { kind: 'merchant' };
const STRANGER: Principal = { kind: 'nobody' };

describe('who may do what, whatever way they come in', () => {
  it('each role has its permissions: an accountant moves no money, only who acts unmasks', () => {
    const allowed = Object.fromEntries(ROLES.map((role) => [role, permissionsOf(role).join(' ')]));
    expect(allowed).toEqual({
      read: 'look export',
      accountant: 'look export resolve sign',
      refund: 'look export refund',
      act: PERMISSIONS.join(' '),
    });
    expect(may({ role: 'accountant' }, 'refund')).toBe(false);
  });

  it('a person’s own limits bind them in addition to the shop’s, the lower of both', () => {
    const shop = { single: fen(500), operatorDay: null, day: fen(9000) };
    const own = { single: fen(900), day: fen(2000) };
    const by = { kind: 'person', name: 'han', role: 'refund', refundLimits: own } as const;
    const refunder = refunderOf(by);
    expect(refunder).toMatchObject({ origin: 'operator', who: 'han' });
    expect(refunder && limitsOf(refunder, shop)).toEqual({
      single: 500,
      operatorDay: 2000,
      day: 9000,
    });
  });

  it('only people use the operator’s API', () => {
    expect([LI, WANG, CODE, STRANGER].map(personOf)).toEqual([
      { name: 'li', role: 'act' },
      { name: 'wang', role: 'read' },
      null,
      null,
    ]);
  });

  it('people who may act and the merchant’s code give money back; limits bind people', () => {
    expect([LI, WANG, CODE, STRANGER].map(refunderOf)).toEqual([
      { origin: 'operator', who: 'li' },
      null,
      { origin: 'merchant', who: 'merchant' },
      null,
    ]);
    const limits = { single: fen(1), operatorDay: null, day: null };
    expect(limitsOf({ origin: 'operator', who: 'li' }, limits)).toBe(limits);
    expect(limitsOf({ origin: 'merchant', who: 'merchant' }, limits)).toBeNull();
  });

  it('every operation names its parameters, its permission and what it does', () => {
    const { needs } = OPERATIONS.show_order;
    const asked = { outTradeNo: tradeNo(1) };
    expect(typeof needs === 'string' ? needs : [needs(asked), needs({ ...asked, unmask: true })]).toEqual([
      'look',
      'unmask',
    ]);
    const acting = OPS_NAMES.filter(isChanging);
    expect(acting).toEqual([
      'check_file',
      'give_part',
      'give_trade_bill',
      'sign_off',
      'amend',
      'assign',
      'comment',
      'act',
      'approve',
      'decline',
      'replay_matching',
      'start_bulk',
      'step_bulk',
      'cancel_bulk',
      'import_orders',
      'pause',
      'resume',
      'handle_issue',
      'test_notices',
      'test_fulfilment',
      'give_fund_flow',
    ]);
  });
});
