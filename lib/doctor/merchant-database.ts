import type { Finding } from '../ops/api';
import { errorText } from '../runtime/error-text';
import { StoreError } from '../store/errors';
import type { Session } from '../store/mysql/base/database';
import { passed, problem } from './finding';

/** What is read of the database that `merchant/` reads. */
export interface MerchantStanding {
  /** Whether it has the tables of a shop of ours. */
  readonly hasOurTables: boolean;
  /** What its user may do, as `SHOW GRANTS` says; null where the server does not tell. */
  readonly grants: readonly string[] | null;
  /** Tables whose `_id` finds `A1` by `a1` as well. */
  readonly ignoringCase: readonly string[];
}

const CHECK = 'merchant_database';

/** What a user that reads may have. A role may hold anything, and its name says nothing. */
const READS: ReadonlySet<string> = new Set(['USAGE', 'SELECT', 'SHOW VIEW', 'SHOW DATABASES', 'EXECUTE']);

/**
 * Whether `merchant/` can look up prices in the database of `MERCHANT_DATABASE_URL`, and can do
 * nothing else there. Pure.
 */
export function checkMerchantDatabase({ hasOurTables, grants, ignoringCase }: MerchantStanding): Finding {
  if (hasOurTables) {
    return problem(
      CHECK,
      'error',
      'MERCHANT_DATABASE_URL points to a database that this program already uses',
      'keep the data of merchant/ in a database of its own, and let MERCHANT_DATABASE_URL lead there',
    );
  }
  const given = (grants ?? []).flatMap(givenBy);
  const hasRole = grants?.some((grant) => !/ ON /i.test(grant)) ?? false;
  const mayRead = given.some(({ rights }) => rights.has('SELECT') || rights.has('ALL PRIVILEGES'));
  if (grants !== null && !mayRead && !hasRole) {
    return problem(CHECK, 'error', 'its user may read no table', OWN_USER);
  }
  // What everybody there may do, such as writing to `test` on MariaDB, is not this user's.
  const own = (grants ?? []).filter((grant) => !/ TO PUBLIC\b/i.test(grant)).flatMap(givenBy);
  const writes = own.flatMap(({ rights, on }) => {
    const more = [...rights].filter((right) => !READS.has(right));
    return more.length === 0 ? [] : [`${more.join(', ')} on ${on}`];
  });
  const wrong = [
    ...(writes.length === 0
      ? []
      : [{ what: `its user may do more than read: ${writes.join('; ')}`, fix: OWN_USER }]),
    ...(ignoringCase.length === 0
      ? []
      : [
          {
            what: `_id ignores case in ${ignoringCase.join(', ')}: A1 and a1 are one key there`,
            fix: 'ALTER TABLE <table> MODIFY _id VARCHAR(64) COLLATE utf8mb4_bin NOT NULL, with the length that it has',
          },
        ]),
  ];
  if (wrong.length === 0) return passed(CHECK, 'merchant/ can read it');
  return problem(
    CHECK,
    'warning',
    wrong.map(({ what }) => what).join('; '),
    wrong.map(({ fix }) => fix).join('; '),
  );
}

const OWN_USER = `give it a user that only reads: CREATE USER 'prices'@'%' IDENTIFIED BY '<password>'; GRANT SELECT ON <database>.* TO 'prices'@'%'`;

/** The rights that one line of `SHOW GRANTS` gives, and on what. Never the password it may hold. */
function givenBy(grant: string): readonly { readonly rights: ReadonlySet<string>; readonly on: string }[] {
  const [, listed, on] = /^GRANT (.+?) ON (.+?) TO /i.exec(grant) ?? [];
  if (listed === undefined || on === undefined) return [];
  // Rights on some columns only: SELECT (a, b).
  const rights = listed.replace(/\([^)]*\)/g, '').split(',');
  return [{ rights: new Set(rights.map((one) => one.trim().toUpperCase())), on }];
}

/**
 * Checks the database that `merchant/` reads. `open` connects. Changes nothing. Never rejects: a
 * database out of reach is a finding.
 */
export async function examineMerchantDatabase(open: () => Promise<Pick<Session, 'rows'>>): Promise<Finding> {
  try {
    return checkMerchantDatabase(await standingOf(await open()));
  } catch (error) {
    const fix = 'check MERCHANT_DATABASE_URL and its server: no price is known until it answers';
    return problem(CHECK, 'error', error instanceof StoreError ? error.message : errorText(error), fix);
  }
}

async function standingOf(database: Pick<Session, 'rows'>): Promise<MerchantStanding> {
  const ours = await database.rows(
    `SELECT table_name FROM information_schema.tables
     WHERE table_schema = DATABASE() AND table_name IN ('schema_version', 'inbox', 'orders')`,
  );
  const ignoring = await database.rows(
    `SELECT table_name FROM information_schema.columns
     WHERE table_schema = DATABASE() AND column_name = '_id' AND collation_name LIKE '%\\_ci' ORDER BY table_name`,
  );
  // Some servers and proxies do not tell. What else was read still counts.
  const grants = await database.rows('SHOW GRANTS').catch(() => null);
  const first = (rows: readonly (readonly unknown[])[]): readonly string[] =>
    rows.map(([text]) => String(text));
  return {
    hasOurTables: ours.length === 3,
    grants: grants === null ? null : first(grants),
    ignoringCase: first(ignoring),
  };
}
