import { z } from 'zod';
import type { Approval } from '../../model/operators/approval';
import { isApproval } from '../../model/operators/approval';
import type { Approvals } from '../ports/approvals-port';
import { StoreError } from '../errors';
import { modify, select, type Database, type Fields } from './base/database';
import { jsonTextField, readDocument, type Report } from './base/documents';
import { readPage } from './base/pages';
import { insertOnce } from './base/proofs';
import type { CollectionName } from './schema';

/**
 * Stored beside what operators did, so that no installation needs a collection for few documents.
 */
const COLLECTION: CollectionName = 'wxpay_audit';

const stored = z.object({ approval: jsonTextField });

/** Requests for approval on CloudBase: a document each, replaced by conditional writes. */
export function approvalsOn(db: Database, report: Report): Approvals {
  const documentId = (id: string): string => `approval:${id}`;
  return {
    async create(one) {
      const fresh = { _id: documentId(one.id), kind: 'approval', askedAt: one.askedAt, ...changing(one) };
      return insertOnce(db, COLLECTION, fresh);
    },
    async find(id) {
      const [found] = await select(COLLECTION, db.collection(COLLECTION).where({ _id: documentId(id) }));
      return found === undefined ? null : readApproval(found);
    },
    list: ({ isDecided, ...page }) =>
      readPage(db, report, {
        collection: COLLECTION,
        having: { kind: 'approval', isDecided },
        sortedBy: 'askedAt',
        read: readApproval,
        ...page,
      }),
    async save(one) {
      const before = db.collection(COLLECTION).where({ _id: documentId(one.id), version: one.version - 1 });
      return (await modify(COLLECTION, before, changing(one))) === 1;
    },
  };
}

/** The content is one text: as fields, the database would merge an update into what was there. */
function changing(one: Approval): Fields {
  return { version: one.version, isDecided: one.decision !== null, approval: JSON.stringify(one) };
}

function readApproval(document: Fields): Approval {
  const { approval } = readDocument(stored, COLLECTION, document);
  const value: unknown = approval;
  if (isApproval(value)) return value;
  throw new StoreError(
    'invalid',
    'A document of wxpay_audit does not fit this version; remove it in the console.',
  );
}
