import { closeSync, openSync, readSync } from 'node:fs';
import type { SubMchId } from '../../lib/values/ids';
import { isRecord } from '../../lib/values/json';
import type { KeyProblem, KeySource } from '../../lib/wechat/v3/keys/key-sources';
import { KeyError } from '../../lib/wechat/v3/keys/key-sources';
import type { KeySet } from '../../lib/wechat/v3/keys/read-keys';
import { readKeys } from '../../lib/wechat/v3/keys/read-keys';

type Environment = Readonly<Record<string, string | undefined>>;

/** A key file is a few KB. A larger one is something else, such as a device that never ends. */
const MOST_BYTES = 64 * 1024;

/**
 * Keys from the environment: each variable holds the text itself, or with `_FILE` appended the path
 * of a file with it.
 *
 * Failure policy: fail closed. A variable given in both ways, or a file that cannot be read, is a
 * `KeyError`: guessing which was meant could sign with the wrong key.
 */
export function environmentKeys(env: Environment): KeySource {
  return (variable) => {
    const given = filled(env[variable]);
    const pathVariable = `${variable}_FILE`;
    const path = filled(env[pathVariable]);
    if (path === null) return given;
    if (given !== null) {
      throw new KeyError([
        { code: 'KEY_GIVEN_TWICE', variable, why: `is set, and so is ${pathVariable}: remove one of them` },
      ]);
    }
    return fileText(pathVariable, path);
  };
}

/**
 * The keys of several merchant numbers, each read once. Throws `KeyError` with everything that is
 * wrong in any of them.
 */
export function readAllKeys(signers: readonly SubMchId[], source: KeySource): ReadonlyMap<SubMchId, KeySet> {
  const problems: KeyProblem[] = [];
  const sets = new Map<SubMchId, KeySet>();
  for (const mchId of new Set(signers)) {
    try {
      sets.set(mchId, readKeys(mchId, source));
    } catch (error) {
      if (!(error instanceof KeyError)) throw error;
      problems.push(...error.problems);
    }
  }
  const [first, ...rest] = problems;
  if (first !== undefined) throw new KeyError([first, ...rest]);
  return sets;
}

function filled(value: string | undefined): string | null {
  return value === undefined || value.trim() === '' ? null : value;
}

function fileText(variable: string, path: string): string {
  const refuse = (why: string): KeyError => new KeyError([{ code: 'KEY_FILE_UNREADABLE', variable, why }]);
  let bytes: Buffer;
  try {
    bytes = startOf(path, MOST_BYTES + 1);
  } catch (error) {
    const code = isRecord(error) && typeof error['code'] === 'string' ? error['code'] : 'unknown error';
    throw refuse(`names a file that cannot be read (${code}): correct the path, or its owner and mode`);
  }
  if (bytes.length > MOST_BYTES)
    throw refuse(`names a file of more than ${MOST_BYTES} bytes: this is no key`);
  return bytes.toString('utf8');
}

/** The first bytes of a file, or of a pipe that a secret store writes to. */
function startOf(path: string, most: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(most);
    let length = 0;
    while (length < most) {
      const read = readSync(file, bytes, length, most - length, null);
      if (read === 0) break;
      length += read;
    }
    return bytes.subarray(0, length);
  } finally {
    closeSync(file);
  }
}
