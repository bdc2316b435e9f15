import { z } from 'zod';
import type { Alarm, Signal } from '../../model/alarm';
import { isAlarmCause, isAlarmLevel } from '../../model/alarm';
import { AUDIT_OUTCOMES, AUDIT_SUBJECTS, type AuditEntry } from '../../model/operators/audit';
import type { Figures } from '../../model/figures';
import { StoreError } from '../errors';
import type { Fields } from './base/database';
import { countField, instantField, jsonTextField, readDocument } from './base/documents';
import { trusted } from '../../values/trusted';

const auditEntry = z.object({
  _id: z.string(),
  at: instantField,
  who: z.string(),
  action: z.string(),
  subject: z.object({
    kind: z.enum(AUDIT_SUBJECTS),
    name: z.string(),
  }),
  reason: z.string().nullable(),
  before: jsonTextField,
  after: jsonTextField,
  outcome: z.enum(AUDIT_OUTCOMES),
});

/** Reads an audit log entry. Throws `StoreError` `invalid`. */
export function readAuditEntry(document: Fields): AuditEntry {
  const { _id: id, ...rest } = readDocument(auditEntry, 'wxpay_audit', document);
  return { id, ...rest };
}

/** An entry as it is stored. */
export function auditDocument({ id, before, after, ...rest }: AuditEntry): Fields {
  return { _id: id, ...rest, before: JSON.stringify(before), after: JSON.stringify(after) };
}

const figuresShape = z.object({
  at: instantField,
  spanMs: countField,
  orders: z.object({}),
  refunds: z.object({}),
  delays: z.object({}),
});

const isFigures = trusted<Figures>((value) => figuresShape.safeParse(value).success);

const figuresText = z.object({ figures: jsonTextField });

/** Reads figures. Throws `StoreError` `invalid`. */
export function readFigures(document: Fields): Figures {
  const figures: unknown = readDocument(figuresText, 'wxpay_figures', document).figures;
  if (isFigures(figures)) return figures;
  throw new StoreError(
    'invalid',
    'A document of wxpay_figures does not fit this version; remove it in the console.',
  );
}

/** Figures as they are stored: one text, because queries only use their time. */
export function figuresDocument(figures: Figures): Fields {
  return { _id: String(figures.at), at: figures.at, figures: JSON.stringify(figures) };
}

const causeField = z.custom<Alarm['cause']>(isAlarmCause);
const levelField = z.custom<Alarm['level']>(isAlarmLevel);

const alarm = z.object({
  cause: causeField,
  level: levelField,
  value: z.number(),
  threshold: z.number(),
  since: instantField.nullable(),
  calmSince: instantField.nullable(),
  told: levelField,
  toldAt: instantField.nullable(),
  deliveries: z.array(
    z.object({
      target: z.string(),
      told: levelField,
      at: instantField,
      attempts: countField,
      error: z.string().nullable(),
    }),
  ),
  version: countField,
});

/** Reads an alarm. Throws `StoreError` `invalid`. */
export function readAlarm(document: Fields): Alarm {
  return readDocument(alarm, 'wxpay_alarms', document);
}

/** An alarm as it is stored. */
export function alarmDocument(alarm: Alarm): Fields {
  return { _id: `alarm:${alarm.cause}`, kind: 'alarm', ...alarm, deliveries: [...alarm.deliveries] };
}

const signal = z.object({ cause: causeField, lastSeenAt: instantField, detail: z.string() });

/** Reads a signal. Throws `StoreError` `invalid`. */
export function readSignal(document: Fields): Signal {
  return readDocument(signal, 'wxpay_alarms', document);
}
