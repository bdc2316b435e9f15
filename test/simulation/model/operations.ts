import { spanFrom } from '../../../lib/rules/pace';
import { later } from '../../../lib/values/instant';
import type { ForgettingState } from '../../../lib/runtime/shared-state';
import { sharedValueText } from '../../../lib/store/value-limit';
import type { Approvals } from '../../../lib/store/ports/approvals-port';
import type { VersionedDocument, VersionedDocuments } from '../../../lib/store/ports/documents-port';
import type { Paces } from '../../../lib/store/ports/paces-port';
import type { DailyRefunds } from '../../../lib/store/ports/refund-counts-port';
import type { Alarms, Audit, FigureHistory } from '../../../lib/store/ports/ops-port';
import type { ModelState, Step } from './state';
import { pageOf } from './state';

/** The record of actions in a model store. */
export function modelAudit(state: ModelState, step: Step): Audit {
  return {
    append: (entry) =>
      step('audit.append', () => {
        if (!state.audit.has(entry.id)) state.audit.set(entry.id, entry);
      }),
    list: (query) =>
      step('audit.list', () =>
        pageOf(
          [...state.audit.values()].filter(
            ({ subject: { name } }) => (query.subject ?? name) === name && name !== query.except,
          ),
          ({ at, id }) => ({ at, name: id }),
          -1,
          query,
        ),
      ),
    find: (ids) => step('audit.find', () => ids.flatMap((id) => state.audit.get(id) ?? [])),
    addSeal: (seal) =>
      step('audit.addSeal', () => {
        if (state.seals.has(seal.n)) return false;
        state.seals.set(seal.n, seal);
        return true;
      }),
    seals: ({ before, limit }) =>
      step('audit.seals', () =>
        [...state.seals.values()]
          .filter(({ n }) => before === null || n < before)
          .sort((a, b) => b.n - a.n)
          .slice(0, limit),
      ),
  };
}

/** The requests for approval of a model store. */
export function modelApprovals(state: ModelState, step: Step): Approvals {
  return {
    create: (one) =>
      step('approvals.create', () => {
        if (state.approvals.has(one.id)) return false;
        state.approvals.set(one.id, one);
        return true;
      }),
    find: (id) => step('approvals.find', () => state.approvals.get(id) ?? null),
    list: ({ isDecided, ...query }) =>
      step('approvals.list', () =>
        pageOf(
          [...state.approvals.values()].filter(({ decision }) => (decision !== null) === isDecided),
          ({ askedAt, id }) => ({ at: askedAt, name: id }),
          -1,
          query,
        ),
      ),
    save: (one) =>
      step('approvals.save', () => {
        if (state.approvals.get(one.id)?.version !== one.version - 1) return false;
        state.approvals.set(one.id, one);
        return true;
      }),
  };
}

/** Versioned documents of one kind of a model store. */
export function modelDocuments<Document extends VersionedDocument>(
  all: Map<string, Document>,
  port: 'signOffs' | 'itemNotes',
  step: Step,
): VersionedDocuments<Document> {
  return {
    create: (one) =>
      step(`${port}.create`, () => {
        if (all.has(one.id)) return false;
        all.set(one.id, one);
        return true;
      }),
    find: (ids) => step(`${port}.find`, () => ids.flatMap((id) => all.get(id) ?? [])),
    save: (one) =>
      step(`${port}.save`, () => {
        if (all.get(one.id)?.version !== one.version - 1) return false;
        all.set(one.id, one);
        return true;
      }),
  };
}

/** The figures of a model store. */
export function modelFigures(state: ModelState, step: Step): FigureHistory {
  return {
    put: (figures) => step('figures.put', () => void state.figures.set(figures.at, figures)),
    range: (from, to) =>
      step('figures.range', () =>
        [...state.figures.values()]
          .filter(({ at }) => at >= from && at < to)
          .sort((a, b) => a.at - b.at)
          .slice(0, 1000),
      ),
    forgetBefore: (at) =>
      step('figures.forgetBefore', () => {
        const old = [...state.figures.keys()].filter((one) => one < at);
        for (const one of old) state.figures.delete(one);
        return old.length;
      }),
  };
}

/** The alarms of a model store. */
export function modelAlarms(state: ModelState, step: Step): Omit<Alarms, 'standing'> {
  return {
    all: () => step('alarms.all', () => [...state.alarms.values()]),
    save: (alarm) =>
      step('alarms.save', () => {
        if ((state.alarms.get(alarm.cause)?.version ?? 0) !== alarm.version - 1) return false;
        state.alarms.set(alarm.cause, alarm);
        return true;
      }),
    raise: (signal) => step('alarms.raise', () => void state.signals.set(signal.cause, signal)),
    signals: () => step('alarms.signals', () => [...state.signals.values()]),
    lower: (cause, detail) =>
      step('alarms.lower', () => {
        if (state.signals.get(cause)?.detail === detail) state.signals.delete(cause);
      }),
  };
}

/** The paces of a model store. */
export function modelPaces(state: ModelState, step: Step): Paces {
  return {
    take: (name, request) =>
      step('paces.take', () => {
        const from = spanFrom(state.paces.get(name) ?? null, request);
        if (from !== null) state.paces.set(name, later(from, request.spanMs));
        return from;
      }),
  };
}

/** What a model store counts of operators' refunds. */
export function modelRefundCounts(state: ModelState, step: Step): DailyRefunds {
  return {
    find: () => step('refundCounts.find', () => state.refundCounts),
    save: (counted) =>
      step('refundCounts.save', () => {
        if (state.refundCounts.version !== counted.version - 1) return false;
        state.refundCounts = counted;
        return true;
      }),
  };
}

/** The shared values of a model store. */
export function modelSharedState(state: ModelState, step: Step): ForgettingState {
  return {
    forgetExpired: (before) =>
      step('shared.forgetExpired', () => {
        const expired = [...state.shared].filter(([, { expiresAt }]) => expiresAt < before);
        for (const [key] of expired) state.shared.delete(key);
        return expired.length;
      }),
    read: (key, now) =>
      step('shared.read', () => {
        const held = state.shared.get(key);
        return held !== undefined && held.expiresAt > now ? held : null;
      }),
    write: ({ key, version, value, expiresAt, now }) =>
      step('shared.write', () => {
        // Throws where it is too long.
        sharedValueText(value);
        const held = state.shared.get(key);
        const isFree =
          held === undefined || (version === null ? held.expiresAt <= now : held.version === version);
        if (!isFree || (held === undefined && version !== null)) return false;
        state.shared.set(key, { version: (held?.version ?? 0) + 1, value, expiresAt });
        return true;
      }),
  };
}
