import { CLOCK_FAULTS } from './clock-faults';
import { DOOR_FAULTS } from './door-faults';
import { EVIDENCE_FAULTS } from './evidence-faults';
import type { DeliberateFault } from './fault';
import { PAYMENT_FAULTS } from './payment-faults';
import { PEOPLE_FAULTS } from './people-faults';
import { SMALL_FAULTS } from './small-faults';
import { THREAT_FAULTS } from './threat-faults';
import { WEBHOOK_FAULTS } from './webhook-faults';
import { REFUND_AND_STATEMENT_FAULTS } from './refund-faults';

/** Every mistake that the simulation, or a test, is proved to notice. */
export const FAULTS: readonly DeliberateFault[] = [
  ...PAYMENT_FAULTS,
  ...REFUND_AND_STATEMENT_FAULTS,
  ...CLOCK_FAULTS,
  ...THREAT_FAULTS,
  ...WEBHOOK_FAULTS,
  ...PEOPLE_FAULTS,
  ...DOOR_FAULTS,
  ...EVIDENCE_FAULTS,
  ...SMALL_FAULTS,
];
