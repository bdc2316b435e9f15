import type { Principal } from '../../lib/model/principal';
import { limitsOf, mayAs, personOf, refunderOf, ROLES } from '../../lib/model/principal';
import { isChanging, OPS_NAMES } from '../../lib/ops/handle';
import { OPERATIONS } from '../../lib/ops/operations';
import { fen } from '../../lib/values/fen';
import { tradeNo } from '../store/builders';

const LI: Principal = { kind: 'person', name: 'li', role: 'act' };
const WANG: Principal = { kind: 'person', name: 'wang', role: 'read' };
const CODE: Principal = { kind: 'merchant' };
const STRANGER: Principal = { kind: 'nobody' };

describe('who may do what, whatever way they come in', () => {
  it('each role may do what the roles before it may', () => {
    for (const [n, role] of ROLES.entries()) {
      for (const [m, least] of ROLES.entries()) expect(mayAs({ role }, least)).toBe(n >= m);
    }
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

  it('every operation names its parameters, its role and what it does', () => {
    const { role } = OPERATIONS.show_order;
    const asked = { outTradeNo: tradeNo(1) };
    expect(typeof role === 'string' ? role : [role(asked), role({ ...asked, unmask: true })]).toEqual([
      'read',
      'act',
    ]);
    const acting = OPS_NAMES.filter(isChanging);
    expect(acting).toEqual(['act', 'replay_matching', 'test_notices', 'test_fulfilment']);
  });
});
