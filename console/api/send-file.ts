import { API_LIMITS } from '../../lib/ops/api';
import type { GivenFile } from '../../lib/ops/books-api';
import type { ArchivedFile } from '../../lib/model/statement/archived-file';
import { attend, type Client, type Failure } from './client';

/** Bytes of a part: its Base64 is a third longer. */
const PART_BYTES = (API_LIMITS.file / 4) * 3;

/** A file on its way: ready to be given, or why it is not. */
export type SentFile =
  | { readonly kind: 'sent'; readonly given: GivenFile }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'too_large' | 'unreadable' | 'not_encrypted' };

/**
 * Sends a file that is given for a run's day, compressed: a small one goes with the call itself, a
 * larger one in parts before it. `told` hears how much is sent, from 0 to 1. Nothing is given yet.
 * Never rejects.
 */
export async function sendFile(
  client: Client,
  id: string,
  file: File,
  told: (share: number) => void,
): Promise<SentFile> {
  const bytes = await packed(file).catch(() => null);
  if (bytes === null) return { kind: 'unreadable' };
  if (bytes.length > PART_BYTES * API_LIMITS.parts) return { kind: 'too_large' };
  if (bytes.length <= PART_BYTES) return { kind: 'sent', given: { file: base64(bytes) } };
  // Browsers hash on encrypted pages and on this machine's own only.
  if (!window.isSecureContext) return { kind: 'not_encrypted' };
  const parts: ArchivedFile[] = [];
  for (let from = 0; from < bytes.length; from += PART_BYTES) {
    attend();
    told(from / bytes.length);
    const part = base64(bytes.subarray(from, from + PART_BYTES));
    const outcome = await client.ask('give_part', { id, part });
    if (!outcome.ok) return { kind: 'failed', failure: outcome.failure };
    parts.push(outcome.answer.part);
  }
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  const sha256 = Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return { kind: 'sent', given: { parts, sha256 } };
}

async function packed(file: File): Promise<Uint8Array<ArrayBuffer>> {
  const head = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  const isPacked = head[0] === 0x1f && head[1] === 0x8b;
  const body = isPacked ? file : file.stream().pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(body).arrayBuffer());
}

function base64(bytes: Uint8Array): string {
  let text = '';
  // One call takes a limited number of arguments.
  for (let from = 0; from < bytes.length; from += STEP) {
    text += String.fromCharCode(...bytes.subarray(from, from + STEP));
  }
  return btoa(text);
}

const STEP = 8_192;
