import type { Config } from '../../lib/config/config-schema';
import { signerOf, type V3Party } from '../../lib/config/v3-party';
import { ConfigError } from '../../lib/config/config';
import type { SubMchId } from '../../lib/values/ids';
import { createHttpsTransport } from '../../lib/wechat/v3/https-transport';
import type { KeyProblem } from '../../lib/wechat/v3/keys/key-sources';
import { KeyError, keyVariable } from '../../lib/wechat/v3/keys/key-sources';
import type { KeySet } from '../../lib/wechat/v3/keys/read-keys';
import { REAL_HOSTS } from '../../lib/wechat/v3/real-hosts';
import type { V3Transport } from '../../lib/wechat/v3/transport';
import type { SimulatedKeys } from '../../simulator/v3/keys';
import { SIMULATED_SERIAL } from '../../simulator/v3/keys';
import { environmentKeys, readAllKeys } from './keys';
import { merchantKeys } from '../simulated/simulated-keys';
import { SIMULATED_HOSTS } from '../simulated/simulated-v3';

/** How this server reaches an API v3: the real one, or the simulated one. */
export interface ApiV3 {
  /** Base addresses: the first, then backups. */
  readonly hosts: readonly [string, ...string[]];
  readonly transport: V3Transport;
  /** The keys of a number that signs. Throws `TypeError` for one that config.json does not name. */
  readonly keysOf: (signer: SubMchId) => KeySet;
  /** The address under which WeChat Pay reaches this server, without a slash at its end. */
  readonly publicUrl: string;
}

/** The WeChat Pay of real money. Tests start a program of their own to name another. */
export interface RealWeChatPay {
  readonly hosts: readonly [string, ...string[]];
  readonly transport: V3Transport;
  /** The open-interface service of Cloud Run; the only address there is inside a container. */
  readonly cloudRunUrl?: string;
}

/** The merchants on the channel v3. */
export function v3Parties({ merchants }: Config): readonly V3Party[] {
  return merchants.flatMap(({ channel }) => (channel.kind === 'v3' ? [channel.party] : []));
}

/**
 * The real API v3, with the keys of the environment; null when no merchant uses it. Makes no
 * request.
 *
 * Failure policy: fail closed. Throws `KeyError` for a key that is missing, wrong or the
 * simulator's, and `ConfigError` without `server.publicUrl`.
 */
export function realApiV3(
  config: Config,
  env: Readonly<Record<string, string | undefined>>,
  real?: RealWeChatPay,
): ApiV3 | null {
  const signers = v3Parties(config).map(signerOf);
  if (signers.length === 0) return null;
  const { publicUrl } = config.server;
  if (publicUrl === null) throw new ConfigError('server.publicUrl: was missing');
  const keys = readAllKeys(signers, environmentKeys(env));
  refuseSimulated(keys);
  return {
    hosts: real?.hosts ?? REAL_HOSTS,
    transport: real?.transport ?? createHttpsTransport({}),
    publicUrl,
    keysOf: (signer) => {
      const found = keys.get(signer);
      if (found === undefined) throw new TypeError(`${signer} signs for no merchant of config.json`);
      return found;
    },
  };
}

/** The simulated API v3, whose keys every merchant holds. */
export function simulatedApiV3(transport: V3Transport, keys: SimulatedKeys): ApiV3 {
  return {
    hosts: SIMULATED_HOSTS,
    transport,
    keysOf: (signer) => ({ keys: merchantKeys(keys, signer), nextSigner: null }),
    // The simulator delivers to this process, and reads the path only.
    publicUrl: 'https://this-machine.example',
  };
}

/** The simulator's keys protect nothing: with them anybody could have signed a notification. */
function refuseSimulated(sets: ReadonlyMap<SubMchId, KeySet>): void {
  const problems = [...sets].flatMap(([mchId, { keys, nextSigner }]): KeyProblem[] =>
    [keys, nextSigner].flatMap((signer, n): KeyProblem[] =>
      signer?.serial.startsWith(SIMULATED_SERIAL) === true
        ? [
            {
              code: 'SIMULATED_KEY',
              variable: keyVariable(mchId, 'SERIAL', n === 0 ? 'current' : 'next'),
              why: 'is the simulator’s; must be the key of your own certificate for real money',
            },
          ]
        : [],
    ),
  );
  const [first, ...rest] = problems;
  if (first !== undefined) throw new KeyError([first, ...rest]);
}
