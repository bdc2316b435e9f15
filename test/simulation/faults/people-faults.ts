import type { DeliberateFault } from './fault';
import { testNamed } from './fault';

/** Faults in who may do what, in the second person, and in the proof of the audit log. */
export const PEOPLE_FAULTS: readonly DeliberateFault[] = [
  {
    name: 'let a session outlive its operator',
    guarantee: 'G7',
    file: 'server/door/access.ts',
    find: '      !operator.revoked &&\n',
    replace: '',
    caughtBy: testNamed('test/server/operators/people.test.ts', 'revocation at the next request'),
  },
  {
    name: 'take a token before or after its time',
    guarantee: 'G7',
    file: 'lib/model/operators/operator.ts',
    find: 'return (from === null || now >= from) && (until === null || now < until);',
    replace: 'return from === until || now > 0;',
    caughtBy: testNamed('test/server/operators/people.test.ts', 'revocation at the next request'),
  },
  {
    name: 'let an accountant move money',
    guarantee: 'G7',
    file: 'lib/model/operators/principal.ts',
    find: "return ['look', 'export', 'resolve', 'sign'];",
    replace: "return ['look', 'export', 'resolve', 'sign', 'refund'];",
    caughtBy: testNamed('test/ops/principal.test.ts', 'an accountant moves no money'),
  },
  {
    name: 'approve one’s own request',
    guarantee: 'G6',
    file: 'lib/rules/second-person.ts',
    find: "if (approval.asker.name === by.name) return 'SAME_PERSON';",
    replace: '',
    caughtBy: testNamed('test/rules/second-person.test.ts', 'another person decides, once, in time'),
  },
  {
    name: 'carry out a request whose order has changed since',
    guarantee: 'G6',
    file: 'lib/ops/people/approvals.ts',
    find: 'const isSame = canonical(states.get(name)?.seen ?? null) === canonical(seen);',
    replace: "const isSame = states.has(name) || canonical(seen) !== '';",
    caughtBy: testNamed('test/ops/approvals.test.ts', 'it is made as it was shown, or not at all'),
  },
  {
    name: 'begin an item of a bulk action again',
    guarantee: 'G3',
    file: 'lib/ops/bulk/bulk.ts',
    find: 'const next = part.value.filter(({ begunAt }) => begunAt === null)',
    replace: 'const next = part.value.filter(({ result }) => result === null)',
    caughtBy: testNamed('test/ops/bulk.test.ts', 'is not begun again'),
  },
  {
    name: 'refund in parts below the amount that needs a second person',
    guarantee: 'G6',
    file: 'lib/rules/second-person.ts',
    find: 'sum + one.amount, Number(amount)) > above;',
    replace: 'Math.max(sum, one.amount), Number(amount)) > above;',
    caughtBy: testNamed('test/rules/second-person.test.ts', 'what was refunded of an order before counts'),
  },
  {
    name: 'not look at a sealed entry again',
    guarantee: 'G7',
    file: 'lib/rules/audit-chain.ts',
    find: "return hashOf(entry) === hash ? [] : [{ fault: 'entry_changed', n, entry: id }];",
    replace: "return hash === '' ? [{ fault: 'entry_changed', n, entry: id }] : [];",
    caughtBy: testNamed('test/rules/audit-chain.test.ts', 'finds an entry that was changed or deleted'),
  },
];
