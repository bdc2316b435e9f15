import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReceivingKeys } from '../../../inbox/v3/receive-v3';
import type { SubMchId } from '../../../values/ids';
import { isRecord, parseJson } from '../../../values/json';

/*
 * What a callback needs of the keys: enough to check and to open a notification, and not the key
 * that signs calls. The build reads and checks all keys and puts these beside the bundle.
 */

/** The file beside a callback's bundle. */
export const RECEIVING_KEYS_FILE = 'receiving-keys.json';

/** That file: the keys of each signing number. */
export type WrittenReceivingKeys = Readonly<
  Record<
    string,
    {
      readonly apiV3Keys: readonly string[];
      readonly wechatKeys: readonly { readonly id: string; readonly pem: string }[];
    }
  >
>;

/** The keys of one signing number, as the build writes them. */
export function writtenKeysOf({ apiV3Keys, wechatKeys }: ReceivingKeys): WrittenReceivingKeys[string] {
  return {
    apiV3Keys: apiV3Keys.map((key) => key.toString('utf8')),
    wechatKeys: wechatKeys.map(({ id, key }) => ({
      id,
      pem: key.export({ type: 'spki', format: 'pem' }).toString(),
    })),
  };
}

/**
 * The keys of each signing number, from the folder of the bundle. Throws when the file is missing
 * or not as the build writes it; the error holds no part of a key.
 */
export function readReceivingKeys(folder: string): (signer: SubMchId) => ReceivingKeys {
  const written = parseJson(readFileSync(join(folder, RECEIVING_KEYS_FILE), 'utf8'));
  const read = new Map<SubMchId, ReceivingKeys>();
  return (signer) => {
    const known = read.get(signer) ?? readWrittenKeys(isRecord(written) ? written[signer] : null);
    if (known === null) throw new Error(`${RECEIVING_KEYS_FILE} has no keys of ${signer}: build again`);
    read.set(signer, known);
    return known;
  };
}

/** The keys of one signing number, from what `writtenKeysOf` wrote; null for anything else. */
export function readWrittenKeys(written: unknown): ReceivingKeys | null {
  if (!isRecord(written)) return null;
  const [first, ...more] = listOf(written['apiV3Keys'], (key) =>
    typeof key === 'string' ? Buffer.from(key) : null,
  );
  if (first === undefined) return null;
  const wechatKeys = listOf(written['wechatKeys'], (one) => {
    if (!isRecord(one) || typeof one['id'] !== 'string' || typeof one['pem'] !== 'string') return null;
    return { id: one['id'], key: createPublicKey(one['pem']), from: 'configured' as const };
  });
  return { apiV3Keys: [first, ...more], wechatKeys };
}

function listOf<Item>(value: unknown, read: (one: unknown) => Item | null): readonly Item[] {
  const all: readonly unknown[] = Array.isArray(value) ? value : [];
  return all.flatMap((one) => read(one) ?? []);
}
