import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRecord } from '../../lib/values/json';
import type { KeySource } from '../../lib/wechat/v3/keys/key-sources';
import { KeyError } from '../../lib/wechat/v3/keys/key-sources';

/**
 * Keys from a folder that Git ignores: one file for each name, such as `WXPAY_1900000109_APIV3_KEY`
 * or, as it was downloaded, `WXPAY_1900000109_KEY.pem`.
 *
 * Failure policy: fail closed. A file that exists and cannot be read is a `KeyError`.
 */
export function folderKeys(folder: string): { readonly keys: KeySource } {
  return {
    keys: (variable) => fileText(folder, variable, '') ?? fileText(folder, variable, '.pem'),
  };
}

function fileText(folder: string, variable: string, ending: string): string | null {
  try {
    return readFileSync(join(folder, variable + ending), 'utf8');
  } catch (error) {
    const code = isRecord(error) ? String(error['code']) : 'unknown error';
    if (code === 'ENOENT') return null;
    const why = `cannot be read in the folder keys (${code}): correct its owner and mode`;
    throw new KeyError([{ code: 'KEY_FILE_UNREADABLE', variable, why }]);
  }
}
