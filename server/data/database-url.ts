import { readFileSync } from 'node:fs';
import { ConfigError } from '../../lib/config/config';
import { errorText } from '../../lib/runtime/error-text';

/** The variables with the address of a database, each also with `_FILE`: the path of a file. */
export type DatabaseVariable = 'DATABASE_URL' | 'MERCHANT_DATABASE_URL';

/**
 * The address of a database from the environment, or from the file that it names; undefined: none
 * is set. A secret. Throws `ConfigError`, which never contains the address.
 *
 * Failure policy: fail closed. Two addresses, or a file that cannot be read, are not guessed about:
 * a server would open an empty shop beside the real one.
 */
export function databaseUrlIn(
  env: Readonly<Record<string, string | undefined>>,
  variable: DatabaseVariable = 'DATABASE_URL',
): string | undefined {
  const set = (name: string): string | undefined => (env[name] === '' ? undefined : env[name]);
  const [url, file] = [set(variable), set(`${variable}_FILE`)];
  if (file === undefined) return url;
  if (url !== undefined) {
    throw new ConfigError(`${variable}_FILE: was set beside ${variable}; remove one of them`);
  }
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new ConfigError(`${variable}_FILE: cannot be read: ${errorText(error)}`);
  }
  if (text === '') throw new ConfigError(`${variable}_FILE: was empty; must contain mysql://…`);
  return text;
}
