import type { Alarm, Signal } from '../../model/alarm';
import type { AuditEntry } from '../../model/audit';
import type { AuditSeal } from '../../model/audit-seal';
import type { Figures } from '../../model/figures';
import { isRecord } from '../../values/json';
import { trusted } from '../../values/trusted';

/** An entry of the audit log as it is stored. */
export const isEntry = trusted<AuditEntry>((value) => isRecord(value) && typeof value.action === 'string');

/** The figures of a span as they are stored. */
export const isFigures = trusted<Figures>((value) => isRecord(value) && typeof value.spanMs === 'number');

/** An alarm as it is stored. */
export const isAlarm = trusted<Alarm>(
  (value) => isRecord(value) && typeof value.cause === 'string' && typeof value.version === 'number',
);

/** A signal as it is stored. */
export const isSignal = trusted<Signal>(
  (value) => isRecord(value) && typeof value.cause === 'string' && typeof value.lastSeenAt === 'number',
);

/** A seal of the audit log as it is stored. */
export const isSeal = trusted<AuditSeal>(
  (value) => isRecord(value) && typeof value.n === 'number' && Array.isArray(value.entries),
);
