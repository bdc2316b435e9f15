import { z } from 'zod';
import type { AuditSeal } from '../../model/operators/audit-seal';
import { isSeal } from '../../model/operators/audit-seal';
import { StoreError } from '../errors';
import type { Audit } from '../ports/ops-port';
import { select, selectNamed, type Database, type Fields } from './base/database';
import { jsonTextField, readDocument, readEach, type Report } from './base/documents';
import { requireAtMost1000 } from './base/limits';
import { readPage } from './base/pages';
import { insertOnce } from './base/proofs';
import { auditDocument, readAuditEntry } from './operation-documents';
import type { CollectionName } from './schema';

const AUDIT: CollectionName = 'wxpay_audit';

const storedSeal = z.object({ seal: jsonTextField });

/**
 * The audit log on CloudBase, and in the same collection the seals of its chain: those have no
 * `at`, so no list of entries shows them.
 */
export function auditOn(db: Database, report: Report): Audit {
  const { gt, lt } = db.command;
  return {
    async append(entry) {
      await insertOnce(db, AUDIT, auditDocument(entry));
    },
    list: ({ subject, except = null, ...page }) =>
      readPage(db, report, {
        collection: AUDIT,
        having: {
          ...(except === null ? {} : { 'subject.name': db.command.neq(except) }),
          ...(subject === null ? {} : { 'subject.name': subject }),
        },
        sortedBy: 'at',
        read: readAuditEntry,
        ...page,
      }),
    async find(ids) {
      requireAtMost1000(ids.length, 'entries');
      if (ids.length === 0) return [];
      const found = await selectNamed(AUDIT, ids, (some) =>
        db.collection(AUDIT).where({ _id: db.command.in(some) }),
      );
      return readEach(found, readAuditEntry, report);
    },
    addSeal: (seal) =>
      insertOnce(db, AUDIT, {
        _id: `seal:${String(seal.n).padStart(12, '0')}`,
        kind: 'seal',
        n: seal.n,
        seal: JSON.stringify(seal),
      }),
    async seals({ before, limit }) {
      requireAtMost1000(limit, 'seals');
      const query = db
        .collection(AUDIT)
        .where({ kind: 'seal', n: before === null ? gt(0) : lt(before) })
        .orderBy('n', 'desc')
        .limit(limit);
      return (await select(AUDIT, query)).map(readSeal);
    },
  };
}

/** Unreadable ones are not left out: a chain with a gap would say that one was deleted. */
function readSeal(document: Fields): AuditSeal {
  const seal: unknown = readDocument(storedSeal, AUDIT, document).seal;
  if (isSeal(seal)) return seal;
  throw new StoreError('invalid', 'A seal of wxpay_audit does not fit this version (docs/security.md).');
}
