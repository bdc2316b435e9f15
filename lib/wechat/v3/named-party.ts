import { isSubMchId, type SubMchId } from '../../values/ids';
import type { V3Party } from '../../config/v3-party';

/** The merchant numbers and appids that a v3 resource names; null for what it does not name. */
export interface NamedParty {
  readonly mchId: SubMchId | null;
  readonly spMchId: SubMchId | null;
  readonly subMchId: SubMchId | null;
  readonly appId: string | null;
  readonly spAppId: string | null;
  readonly subAppId: string | null;
}

/** Reads whom a resource names. An id that is present and malformed is null, and matches nobody. */
export function namedParty(resource: Readonly<Record<string, unknown>>): NamedParty {
  return {
    mchId: merchantOf(resource['mchid']),
    spMchId: merchantOf(resource['sp_mchid']),
    subMchId: merchantOf(resource['sub_mchid']),
    appId: appIdOf(resource['appid']),
    spAppId: appIdOf(resource['sp_appid']),
    subAppId: appIdOf(resource['sub_appid']),
  };
}

function merchantOf(value: unknown): SubMchId | null {
  return isSubMchId(value) ? value : null;
}

function appIdOf(value: unknown): string | null {
  return typeof value === 'string' && /^[0-9A-Za-z_-]{1,32}$/.test(value) ? value : null;
}

/** The number the money was paid to, as the resource names it. */
export function collectorNamed({ mchId, spMchId, subMchId }: NamedParty): SubMchId | null {
  if (spMchId !== null) return subMchId;
  return subMchId ?? mchId;
}

/**
 * True when a resource is about this merchant. Direct: it names our number as `mchid`, and no
 * sub-merchant. Partner: it names our sub-merchant and, as `sp_mchid` or `mchid` (both occur), the
 * service provider. An appid that is named must be ours too.
 *
 * Failure policy: fail closed. A resource that names nobody is about nobody.
 */
export function isAbout(named: NamedParty, party: V3Party): boolean {
  const signer = named.spMchId ?? named.mchId;
  if (party.mode === 'direct') {
    return (
      named.mchId === party.mchId &&
      named.subMchId === null &&
      (named.spMchId === null || named.spMchId === party.mchId) &&
      (named.appId === null || named.appId === party.appId)
    );
  }
  return (
    named.subMchId === party.subMchId &&
    (signer === null || signer === party.spMchId) &&
    (named.spAppId === null || named.spAppId === party.spAppId) &&
    (named.subAppId === null || named.subAppId === party.subAppId)
  );
}
