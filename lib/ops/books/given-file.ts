import { createHash } from 'node:crypto';
import type { ArchivedFile } from '../../model/statement/archived-file';
import type { StatementRun } from '../../model/statement/statement-run';
import { isStatementRunId } from '../../model/statement/statement-run-id';
import { errorText } from '../../runtime/error-text';
import { ArchiveError } from '../../statement/run/archive';
import type { OpsOperations, OpsReply } from '../api';
import type { GivenFile } from '../books-api';
import type { OpsDeps } from '../deps';
import { refused, type Refused } from '../refused';

/*
 * Files that people give by hand. A call has at most 256 KB, so a larger file comes in parts. They
 * lie in the archive beside the day's files until the file is given. Those of a file that never is
 * go with the day; on CloudBase, whose storage cannot be listed, they stay.
 */

/** The run that a file is given for; null when there is none. */
export async function runNamed({ store }: OpsDeps, id: string): Promise<StatementRun | null> {
  return isStatementRunId(id) ? store.statementRuns.find(id) : null;
}

/** Keeps a part of a file that is given for a run's day, until the whole is given. */
export async function keepPart(
  deps: OpsDeps,
  { id, part }: OpsOperations['give_part']['params'],
): Promise<OpsReply<'give_part'>> {
  const run = await runNamed(deps, id);
  if (run === null) return refused('NOT_FOUND', NO_RUN);
  const bytes = Buffer.from(part, 'base64');
  return { ok: true, part: await deps.archive.keep(run.subMchId, run.day, bytes, 'part') };
}

/** Said of a run that does not exist. */
export const NO_RUN = 'there is no statement run of this merchant and day';

/** The bytes of a file that is given, or why there are none. */
export type GivenBytes = { readonly ok: true; readonly bytes: Buffer } | Refused;

/**
 * Puts a given file together. Failure policy: fail closed. A part is read only under the name that
 * `keepPart` gives it, and what is put together must have the file's hash.
 */
export async function givenBytes(
  { archive }: OpsDeps,
  run: StatementRun,
  { file, parts, sha256 }: GivenFile,
): Promise<GivenBytes> {
  if (file !== undefined && parts === undefined) return { ok: true, bytes: Buffer.from(file, 'base64') };
  if (file !== undefined || parts === undefined || sha256 === undefined) return refused('BAD_INPUT', HOW);
  const pieces: Uint8Array[] = [];
  for (const part of parts) {
    if (!isPartOf(run, part)) return refused('BAD_INPUT', HOW);
    try {
      for await (const piece of await archive.read(part)) pieces.push(piece);
    } catch (error) {
      if (error instanceof ArchiveError && error.code === 'not_found') return refused('BAD_INPUT', LOST);
      throw error;
    }
  }
  const bytes = Buffer.concat(pieces);
  if (createHash('sha256').update(bytes).digest('hex') !== sha256) return refused('BAD_INPUT', LOST);
  return { ok: true, bytes };
}

/** True under the name that `keepPart` gives a part, as each archive writes it. */
function isPartOf({ subMchId, day }: StatementRun, { location, sha256 }: ArchivedFile): boolean {
  const name = `${subMchId}/${day}-part-${sha256.slice(0, 32)}.csv`;
  return [name, `${name}.gz`].some((one) => location === one || location.endsWith(`/${one}`));
}

/**
 * Removes the parts of a file once it was taken or refused; a file that is no part stays.
 *
 * Failure policy: fail open. What cannot be removed stays as the parts of a file that is never
 * given.
 */
export async function dropParts(
  { archive, log }: OpsDeps,
  run: StatementRun,
  { parts = [] }: GivenFile,
): Promise<void> {
  for (const part of parts.filter((one) => isPartOf(run, one))) {
    try {
      await archive.drop(part);
    } catch (error) {
      log.warn('part_not_removed', { outTradeNo: null, error: errorText(error) });
    }
  }
}

const HOW = 'give either the file, or its parts as give_part answered with the SHA-256 of the whole';
const LOST = 'the parts of this file are not those that were sent: give the file again';
