import type { DeliberateFault } from './fault';
import { testNamed } from './fault';

/** Fulfilment by signed HTTP calls, done wrong. */
export const WEBHOOK_FAULTS: readonly DeliberateFault[] = [
  {
    name: 'sign a call of fulfilment without its body',
    guarantee: 'G3',
    file: 'lib/runtime/webhook-signature.ts',
    find: '`${id}.${timestamp}.${body}`',
    replace: '`${id}.${timestamp}.`',
    caughtBy: testNamed(
      'test/webhook/webhook.test.ts',
      'during a rotation a receiver of either secret accepts a call',
    ),
  },
  {
    name: 'spend attempts on a merchant’s system that is away',
    guarantee: 'G9',
    file: 'lib/orders/fulfil.ts',
    find: 'if (unavailable || (',
    replace: 'if (!unavailable && (',
    caughtBy: testNamed('test/webhook/webhook.test.ts', 'an outage of days spends no attempt'),
  },
  {
    name: 'leave a merchant’s system alone for one order that breaks it',
    guarantee: 'G9',
    file: 'lib/rules/breaker.ts',
    find: '[...new Set([...breaker.failed, end.order])]',
    replace: '[...breaker.failed, end.order]',
    caughtBy: testNamed(
      'test/webhook/decisions.test.ts',
      'is not left alone for one order that breaks it again and again',
    ),
  },
];
