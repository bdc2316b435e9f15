import type { Discrepancy, Resolution } from '../../model/discrepancy';
import { isDiscrepancyClass, isDiscrepancyId, RESOLVERS } from '../../model/discrepancy';
import { isRecord } from '../../values/json';
import { trusted } from '../../values/trusted';
import type { Columns } from './columns';
import { hasKind, reading } from './columns';

/** Fields that never change after the discrepancy was first seen, and are only read. */
type UnchangingFields = Omit<Discrepancy, 'id' | 'class' | 'opensAt' | 'lastSeenAt' | 'resolution'>;

const BY: ReadonlySet<string> = new Set(RESOLVERS);

const areUnchanging = trusted<UnchangingFields>((value) => isRecord(value) && isRecord(value.subject));

const isResolution = trusted<Resolution>((value) => hasKind(value, 'by', BY));

/** The columns `readDiscrepancy` reads, in order. */
export const DISCREPANCY_COLUMNS = 'id, class, opens_at, last_seen_at, finding, resolution';

/** A discrepancy from `DISCREPANCY_COLUMNS`. */
export function readDiscrepancy(columns: Columns): Discrepancy {
  const row = reading(columns);
  return {
    id: row.as(isDiscrepancyId),
    class: row.as(isDiscrepancyClass),
    opensAt: row.instant(),
    lastSeenAt: row.instant(),
    ...row.json(areUnchanging),
    resolution: row.jsonOrNull(isResolution),
  };
}

/** Where `DISCREPANCY_COLUMNS` have the instants that lists are sorted by. */
export const [OPENS_AT, LAST_SEEN_AT] = [2, 3];
