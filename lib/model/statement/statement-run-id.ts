import type { Brand } from '../../values/brand';
import type { BeijingDay } from '../../values/day';
import type { SubMchId } from '../../values/ids';

/** `<subMchId>:<day>`: one run reconciles one day of one merchant, however often it restarts. */
export type StatementRunId = Brand<string, 'StatementRunId'>;

/** The id of the run over a merchant's day. */
export function statementRunId(subMchId: SubMchId, day: BeijingDay): StatementRunId {
  const id: string = `${subMchId}:${day}`;
  if (!isStatementRunId(id)) throw new TypeError('a run is named by a merchant number and a day');
  return id;
}

/** Checks that outside text is a run id. */
export function isStatementRunId(value: unknown): value is StatementRunId {
  return typeof value === 'string' && /^\d{1,32}:\d{8}$/.test(value);
}
