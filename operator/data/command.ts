import { homedir, userInfo } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { StoreError } from '../../lib/store/errors';
import { mysqlAddress, placeOf } from '../../lib/store/mysql/base/address';
import type { Instant } from '../../lib/values/instant';
import { namesIn } from '../../server/data/data-folder';
import { languageOf } from '../language';
import { UsageError, withUsage } from '../usage-error';
import { acceptLoss } from './accept-loss';
import { backUpData } from './back-up';
import { databaseUrlIn } from '../../server/data/database-url';
import { copyShop } from './copy';
import { copyShopBack } from './copy-back';
import { DATA_WORDS } from './words';

/** The verbs that work on a data folder of this machine and not through a server. */
const DATA_VERBS = ['backup', 'accept-loss', 'copy', 'copy-back'] as const;

type DataVerb = (typeof DATA_VERBS)[number];

/** A password in the address of a database. */
const PASSWORD = /^mysql:\/\/[^@/]*:[^@/]+@/;

/** Checks that a verb is one of these. */
export function isDataVerb(verb: string | undefined): verb is DataVerb {
  return DATA_VERBS.some((one) => one === verb);
}

/** Their usage. */
export const DATA_USAGE = `npm run ops -- backup <file>               copy the data of this machine's server while it runs (docs/backup.md)
npm run ops -- accept-loss --why <text>    let a server start on data that has shrunk: it must not be running
npm run ops -- copy --to mysql://<user>:<password>@<host>:<port>/<database>
                                           move the shop to an empty MySQL database: the server must not be running
npm run ops -- copy-back --from mysql://…  move the shop from MySQL to a DATA_DIR without a database: servers must not be running
                                           (both: leave the address out and set DATABASE_URL, or DATABASE_URL_FILE to a file
                                           with it, so that ps does not show the password; docs/servers.md)
All work on DATA_DIR (.data when unset) and take [--json] [--lang zh|en].
`;

/** What they need of the terminal. */
export interface DataTerminal {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly now: () => Instant;
  /**
   * Asks before a change that cannot easily be undone. Throws `UsageError` without a person to ask.
   */
  readonly confirm: (what: string) => Promise<boolean>;
}

/**
 * Executes one call; returns the output and the exit code. Throws `UsageError` for invalid
 * arguments. A refusal of the data or the disk becomes one sentence.
 */
export async function runDataVerb(
  args: readonly string[],
  { environment, now, confirm }: DataTerminal,
): Promise<{ readonly output: string; readonly code: 0 | 1 }> {
  const { verb, names, why, to, from, json, yes, lang } = parsed(args);
  const words = DATA_WORDS[languageOf(lang, environment)];
  const dataDir = environment['DATA_DIR'] ?? '.data';
  const data = namesIn(dataDir);
  // Whether the address is usable is not known yet, and a failure must say it too.
  const advice = [to, from].some((url) => url !== undefined && PASSWORD.test(url))
    ? `\n${words.passwordShown}`
    : '';
  const said = (ok: boolean, answer: object, text: string) => ({
    output: json ? `${JSON.stringify({ ok, ...answer }, null, 2)}\n` : `${text}${advice}\n`,
    code: ok ? (0 as const) : (1 as const),
  });
  const addressFrom = (given: string | undefined, option: string): string => {
    const url = given ?? withUsage(DATA_USAGE, () => databaseUrlIn(environment));
    if (url === undefined || names.length > 0)
      throw new UsageError(`${verb} takes ${option} mysql://…, or DATABASE_URL\n${DATA_USAGE}`);
    return url;
  };
  try {
    switch (verb) {
      case 'backup': {
        const [file] = names;
        if (file === undefined || names.length > 1)
          throw new UsageError(`backup takes one file\n${DATA_USAGE}`);
        const report = await backUpData(data, resolve(file.replace(/^~(?=\/)/, homedir())), now());
        return said(true, report, words.backedUp(report));
      }
      case 'accept-loss': {
        if (why === undefined || why.trim() === '')
          throw new UsageError('accept-loss needs --why <text>: it is recorded');
        const who = `${userInfo().username} (DATA_DIR)`;
        const accepted = await acceptLoss(data, { who, why: why.trim(), now }, async (shrinking) =>
          yes ? true : confirm(words.ask(shrinking)),
        );
        return said(accepted.kind !== 'left', accepted, words.accepted(accepted));
      }
      case 'copy': {
        const url = addressFrom(to, '--to');
        const place = placeOf(mysqlAddress(url));
        if (!yes && !(await confirm(words.askCopy(place))))
          return said(false, { kind: 'left' }, words.copyLeft);
        const copied = await copyShop(data, url, now);
        return said(copied.kind === 'moved', copied, words.copied(copied));
      }
      case 'copy-back': {
        const url = addressFrom(from, '--from');
        const place = placeOf(mysqlAddress(url));
        if (!yes && !(await confirm(words.askCopyBack(place, data.path))))
          return said(false, { kind: 'left' }, words.copyLeft);
        const copied = await copyShopBack(dataDir, url, now);
        return said(copied.kind === 'moved', copied, words.copiedBack(copied, data.path));
      }
    }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return said(false, { code: error.code, message: error.message }, error.message);
  }
}

function parsed(args: readonly string[]) {
  return withUsage(DATA_USAGE, () => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        why: { type: 'string' },
        to: { type: 'string' },
        from: { type: 'string' },
        json: { type: 'boolean' },
        yes: { type: 'boolean' },
        lang: { type: 'string' },
      },
    });
    const [verb, ...names] = positionals;
    if (!isDataVerb(verb)) throw new UsageError(DATA_USAGE);
    const { why, to, from, json = false, yes = false, lang } = values;
    return { verb, names, why, to, from, json, yes, lang };
  });
}
