import type { ItemNotes } from '../../model/operators/item-notes';
import type { SignOff } from '../../model/operators/sign-off';
import { isRecord } from '../../values/json';
import { trusted, type Guard } from '../../values/trusted';
import type { VersionedDocument } from '../ports/documents-port';

/**
 * A kind of versioned document: the start of its stored ids, so that all kinds share one table, and
 * how it is told from others.
 */
export interface DocumentKind<Document extends VersionedDocument> {
  readonly prefix: string;
  readonly is: Guard<Document>;
}

/** The sign-offs of days and months. */
export const SIGN_OFFS: DocumentKind<SignOff> = {
  prefix: 'sign_off:',
  is: trusted((value) => isRecord(value) && isRecord(value.signature) && Array.isArray(value.amendments)),
};

/** Owners of discrepancies, and comments on them. */
export const ITEM_NOTES: DocumentKind<ItemNotes> = {
  prefix: 'notes:',
  is: trusted((value) => isRecord(value) && Array.isArray(value.comments)),
};
