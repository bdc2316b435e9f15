import { createHash } from 'node:crypto';
import { API_LIMITS } from '../lib/ops/api';
import type { GivenFile } from '../lib/ops/books-api';
import type { ArchivedFile } from '../lib/model/statement/archived-file';
import type { OpsOperations, OpsReply } from '../lib/ops/api';
import { UsageError } from './usage-error';

/** Bytes of a part: its Base64 is a third longer. */
const PART_BYTES = (API_LIMITS.file / 4) * 3;

/** The part of a client that keeps parts of files. */
export interface PartKeeper {
  ask(op: 'give_part', params: OpsOperations['give_part']['params']): Promise<OpsReply<'give_part'>>;
}

/** A file on its way, or why a part of it was refused. */
export type Sent =
  { readonly ok: true; readonly given: GivenFile } | Extract<OpsReply<'give_part'>, { readonly ok: false }>;

/**
 * Sends a file that is given for a run's day: a small one goes with the call itself, a larger one
 * in parts before it. Throws `UsageError` for a file that is larger than all parts together.
 */
export async function sendFile(client: PartKeeper, id: string, bytes: Buffer): Promise<Sent> {
  if (bytes.length <= PART_BYTES) return { ok: true, given: { file: bytes.toString('base64') } };
  if (bytes.length > PART_BYTES * API_LIMITS.parts) throw new UsageError('the file is too large to be sent');
  const parts: ArchivedFile[] = [];
  for (let from = 0; from < bytes.length; from += PART_BYTES) {
    const part = bytes.subarray(from, from + PART_BYTES).toString('base64');
    const reply = await client.ask('give_part', { id, part });
    if (!reply.ok) return reply;
    parts.push(reply.part);
  }
  return { ok: true, given: { parts, sha256: createHash('sha256').update(bytes).digest('hex') } };
}
