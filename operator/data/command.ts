import { homedir, userInfo } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { StoreError } from '../../lib/store/errors';
import { mysqlAddress, placeOf } from '../../lib/store/mysql/base/address';
import type { Instant } from '../../lib/values/instant';
import { namesIn } from '../../server/data-folder';
import { languageOf } from '../language';
import { UsageError, withUsage } from '../usage-error';
import { acceptLoss } from './accept-loss';
import { backUpData } from './back-up';
import { copyShop } from './copy';
import { DATA_WORDS } from './words';

/** The verbs that work on a data folder of this machine and not through a server. */
const DATA_VERBS = ['backup', 'accept-loss', 'copy'] as const;

type DataVerb = (typeof DATA_VERBS)[number];

/** Checks that a verb is one of these. */
export function isDataVerb(verb: string | undefined): verb is DataVerb {
  return DATA_VERBS.some((one) => one === verb);
}

/** Their usage. */
export const DATA_USAGE = `npm run ops -- backup <file>               copy the data of this machine's server while it runs (docs/backup.md)
npm run ops -- accept-loss --why <text>    let a server start on data that has shrunk: it must not be running
npm run ops -- copy --to mysql://<user>:<password>@<host>:<port>/<database>
                                           move the shop to an empty MySQL database: the server must not be running
                                           (without --to: DATABASE_URL; docs/servers.md)
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
  const { verb, names, why, to, json, yes, lang } = parsed(args);
  const words = DATA_WORDS[languageOf(lang, environment)];
  const data = namesIn(environment['DATA_DIR'] ?? '.data');
  const said = (ok: boolean, answer: object, text: string) => ({
    output: json ? `${JSON.stringify({ ok, ...answer }, null, 2)}\n` : `${text}\n`,
    code: ok ? (0 as const) : (1 as const),
  });
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
        const url = to ?? environment['DATABASE_URL'];
        if (url === undefined || names.length > 0)
          throw new UsageError(`copy takes --to mysql://…, or DATABASE_URL\n${DATA_USAGE}`);
        const place = placeOf(mysqlAddress(url));
        if (!yes && !(await confirm(words.askCopy(place))))
          return said(false, { kind: 'left' }, words.copyLeft);
        const copied = await copyShop(data, url, now);
        return said(copied.kind === 'moved', copied, words.copied(copied));
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
        json: { type: 'boolean' },
        yes: { type: 'boolean' },
        lang: { type: 'string' },
      },
    });
    const [verb, ...names] = positionals;
    if (!isDataVerb(verb)) throw new UsageError(DATA_USAGE);
    const { why, to, json = false, yes = false, lang } = values;
    return { verb, names, why, to, json, yes, lang };
  });
}
