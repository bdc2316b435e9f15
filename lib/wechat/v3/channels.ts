import { randomBytes } from 'node:crypto';
import type { Log } from '../../runtime/log';
import type { SharedState } from '../../runtime/shared-state';
import type { Timers } from '../../runtime/timers';
import type { SubMchId } from '../../values/ids';
import type { Clock } from '../../values/instant';
import type { WeChatPay } from '../port';
import { createV3, type V3Settings } from './adapter';
import { createCertificates, noCertificates, type V3Certificates } from './keys/certificates';
import { createRates, type V3Rates } from './rates';
import type { V3Transport } from './transport';

/** What all merchants on API v3 share in one process. */
export interface V3Runtime {
  readonly transport: V3Transport;
  readonly clock: Clock;
  readonly timers: Timers;
  /** 0 to 1, for jitter. */
  readonly random: () => number;
  readonly log: Log;
  readonly shared: SharedState;
}

/** Opens merchants on API v3. */
export interface V3Channels {
  /** The port of one merchant. Makes no request. */
  open(settings: V3Settings): WeChatPay;
  /** The platform certificates of a signer, also for its notifications. */
  certificatesOf(signer: Pick<V3Settings, 'keys' | 'hosts'>): V3Certificates;
}

/**
 * Merchants on API v3, in one process. Those with one signing number, as under a service provider,
 * share its rates and certificates.
 */
export function v3Channels(runtime: V3Runtime): V3Channels {
  const rates = new Map<SubMchId, V3Rates>();
  const certificates = new Map<SubMchId, V3Certificates>();

  const ratesOf = (signer: SubMchId): V3Rates => {
    const known = rates.get(signer) ?? createRates(runtime, signer);
    rates.set(signer, known);
    return known;
  };
  const certificatesOf: V3Channels['certificatesOf'] = ({ keys, hosts }) => {
    if (keys.mode === 'public_key') return noCertificates;
    const known = certificates.get(keys.mchId) ?? createCertificates({ ...runtime, nonce }, { keys, hosts });
    certificates.set(keys.mchId, known);
    return known;
  };
  return {
    open: (settings) =>
      createV3(
        {
          ...runtime,
          nonce,
          rates: ratesOf(settings.keys.mchId),
          certificates: certificatesOf(settings),
        },
        settings,
      ),
    certificatesOf,
  };
}

/** 32 random characters. */
function nonce(): string {
  return randomBytes(16).toString('hex');
}
