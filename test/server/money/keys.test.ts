import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isSubMchId, type SubMchId } from '../../../lib/values/ids';
import { KEY_PROBLEMS, KeyError, keyVariables } from '../../../lib/wechat/v3/keys/key-sources';
import { environmentKeys, readAllKeys } from '../../../server/money/keys';

/* Keys of a merchant from the environment: read, or refused with the reason, and never shown. */

const MCH_ID = merchant('1900007291');
const OTHER = merchant('1900007292');
const SERIAL = '5157F09EFDC096DE15EBE81A47057A7232F1B8E1';
const API_KEY = 'k3y-of-thirty-two-bytes-in-tests';

const ours = rsa();
const wechat = rsa();
const nextOurs = rsa();
const nextWeChat = rsa();

function rsa() {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

function merchant(text: string): SubMchId {
  if (!isSubMchId(text)) throw new TypeError(text);
  return text;
}

/** A complete environment of a merchant in public-key mode. */
const complete = (mchId: string = MCH_ID): Record<string, string> => ({
  [`WXPAY_${mchId}_KEY`]: ours.privateKey,
  [`WXPAY_${mchId}_SERIAL`]: SERIAL,
  [`WXPAY_${mchId}_APIV3_KEY`]: API_KEY,
  [`WXPAY_${mchId}_PUBLIC_KEY`]: wechat.publicKey,
  [`WXPAY_${mchId}_PUBLIC_KEY_ID`]: 'PUB_KEY_ID_0114232134912410000000000000',
});

const read = (env: Readonly<Record<string, string | undefined>>) => {
  const set = readAllKeys([MCH_ID], environmentKeys(env)).get(MCH_ID);
  if (set === undefined) throw new TypeError('no keys were read');
  return set;
};

/** The error of keys that are refused. */
function refusal(env: Readonly<Record<string, string | undefined>>, signers = [MCH_ID]): KeyError {
  try {
    readAllKeys(signers, environmentKeys(env));
  } catch (error) {
    if (error instanceof KeyError) return error;
    throw error;
  }
  throw new TypeError('the keys were accepted');
}

const codesOf = (error: KeyError) => error.problems.map(({ code }) => code);

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'wxpay-keys-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A self-signed certificate of a private key, made by openssl. */
function certificateOf(privateKey: string, serial = `0x${SERIAL}`): string {
  const [key, out] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  writeFileSync(key, privateKey);
  execFileSync('openssl', [
    ...['req', '-x509', '-new', '-key', key, '-subj', '/CN=1900007291', '-days', '1'],
    ...['-set_serial', serial, '-out', out],
  ]);
  return readFileSync(out, 'utf8');
}

describe('complete keys', () => {
  test('are read from variables', () => {
    const { keys, nextSigner } = read(complete());
    expect(keys).toMatchObject({ mchId: MCH_ID, serial: SERIAL, mode: 'public_key' });
    expect(keys.apiV3Keys).toEqual([Buffer.from(API_KEY)]);
    expect(keys.wechatKeys).toMatchObject([
      { id: 'PUB_KEY_ID_0114232134912410000000000000', from: 'configured' },
    ]);
    expect(keys.privateKey.export({ type: 'pkcs8', format: 'pem' })).toBe(ours.privateKey);
    expect(nextSigner).toBeNull();
  });

  test('may have line ends written as \\n, and a lower-case serial number', () => {
    const env = complete();
    env[`WXPAY_${MCH_ID}_KEY`] = ours.privateKey.replaceAll('\n', '\\n');
    env[`WXPAY_${MCH_ID}_SERIAL`] = ` ${SERIAL.toLowerCase()}\n`;
    expect(read(env).keys.serial).toBe(SERIAL);
  });

  test('without a public key are those of a merchant with platform certificates', () => {
    const env = {
      ...complete(),
      [`WXPAY_${MCH_ID}_PUBLIC_KEY`]: undefined,
      [`WXPAY_${MCH_ID}_PUBLIC_KEY_ID`]: undefined,
    };
    expect(read(env).keys).toMatchObject({ mode: 'certificates', wechatKeys: [] });
  });

  test('are read from files, and the serial number from the certificate', () => {
    const env: Record<string, string> = {};
    for (const [variable, text] of Object.entries(complete())) {
      const value = variable.endsWith('_SERIAL') ? certificateOf(ours.privateKey) : text;
      env[`${variable}_FILE`] = join(folder, variable);
      writeFileSync(join(folder, variable), `${value}\n`);
    }
    expect(read(env).keys).toMatchObject({ serial: SERIAL, mode: 'public_key' });
  });

  test('during a rotation hold both, and sign with the current one', () => {
    const { keys, nextSigner } = read({
      ...complete(),
      [`WXPAY_${MCH_ID}_KEY_NEXT`]: nextOurs.privateKey,
      [`WXPAY_${MCH_ID}_SERIAL_NEXT`]: SERIAL.replace('5157', '6157'),
      [`WXPAY_${MCH_ID}_APIV3_KEY_NEXT`]: API_KEY.toUpperCase(),
      [`WXPAY_${MCH_ID}_PUBLIC_KEY_NEXT`]: nextWeChat.publicKey,
      [`WXPAY_${MCH_ID}_PUBLIC_KEY_ID_NEXT`]: 'PUB_KEY_ID_0999',
    });
    expect(keys.apiV3Keys).toEqual([Buffer.from(API_KEY), Buffer.from(API_KEY.toUpperCase())]);
    expect(keys.wechatKeys.map(({ id }) => id)).toEqual([
      'PUB_KEY_ID_0114232134912410000000000000',
      'PUB_KEY_ID_0999',
    ]);
    expect(keys.serial).toBe(SERIAL);
    expect(nextSigner?.serial).toBe(SERIAL.replace('5157', '6157'));
  });

  test('from platform certificates to a public key: only the next one is there', () => {
    const env = {
      ...complete(),
      [`WXPAY_${MCH_ID}_PUBLIC_KEY`]: undefined,
      [`WXPAY_${MCH_ID}_PUBLIC_KEY_ID`]: undefined,
      [`WXPAY_${MCH_ID}_PUBLIC_KEY_NEXT`]: wechat.publicKey,
      [`WXPAY_${MCH_ID}_PUBLIC_KEY_ID_NEXT`]: 'PUB_KEY_ID_0999',
    };
    const { keys } = read(env);
    expect(keys.mode).toBe('certificates');
    expect(keys.wechatKeys).toHaveLength(1);
  });
});

/** What spoils complete keys: the variable, its text, and the code it is refused with. */
const SPOILS: readonly (readonly [what: string, part: string, text: () => string, code: string])[] = [
  ['no private key', 'KEY', () => '', 'KEY_MISSING'],
  ['a private key cut off', 'KEY', () => ours.privateKey.slice(0, 900), 'PRIVATE_KEY_UNREADABLE'],
  ['a certificate as private key', 'KEY', () => certificateOf(ours.privateKey), 'PRIVATE_KEY_IS_CERTIFICATE'],
  ['a public key as private key', 'KEY', () => ours.publicKey, 'PRIVATE_KEY_IS_PUBLIC'],
  ['a private key with a password', 'KEY', () => locked(), 'PRIVATE_KEY_ENCRYPTED'],
  ['an elliptic private key', 'KEY', () => elliptic().privateKey, 'PRIVATE_KEY_NOT_RSA'],
  ['no serial number', 'SERIAL', () => '', 'KEY_MISSING'],
  ['a serial number of 39 digits', 'SERIAL', () => SERIAL.slice(1), 'SERIAL_INVALID'],
  ['WeChat Pay’s key id as serial number', 'SERIAL', () => 'PUB_KEY_ID_01142321349124', 'SERIAL_INVALID'],
  ['another key’s certificate', 'SERIAL', () => certificateOf(wechat.privateKey), 'SERIAL_OF_ANOTHER_KEY'],
  ['no APIv3 key', 'APIV3_KEY', () => '', 'KEY_MISSING'],
  ['an APIv3 key of 31 bytes', 'APIV3_KEY', () => API_KEY.slice(1), 'APIV3_KEY_LENGTH'],
  [
    'an APIv3 key of 32 characters in 34 bytes',
    'APIV3_KEY',
    () => `é€${API_KEY.slice(2)}`,
    'APIV3_KEY_LENGTH',
  ],
  ['a cut public key', 'PUBLIC_KEY', () => wechat.publicKey.slice(0, 200), 'PUBLIC_KEY_UNREADABLE'],
  [
    'a platform certificate as public key',
    'PUBLIC_KEY',
    () => certificateOf(wechat.privateKey),
    'PUBLIC_KEY_IS_CERTIFICATE',
  ],
  ['a private key as public key', 'PUBLIC_KEY', () => wechat.privateKey, 'PUBLIC_KEY_IS_PRIVATE'],
  ['an elliptic public key', 'PUBLIC_KEY', () => elliptic().publicKey, 'PUBLIC_KEY_NOT_RSA'],
  ['our own public key', 'PUBLIC_KEY', () => ours.publicKey, 'PUBLIC_KEY_IS_OURS'],
  ['no public key for its id', 'PUBLIC_KEY', () => '', 'PUBLIC_KEY_MISSING'],
  ['no id for the public key', 'PUBLIC_KEY_ID', () => '', 'PUBLIC_KEY_ID_MISSING'],
  ['a serial number as key id', 'PUBLIC_KEY_ID', () => SERIAL, 'PUBLIC_KEY_ID_INVALID'],
  ['the next key without its serial number', 'KEY_NEXT', () => nextOurs.privateKey, 'NEXT_INCOMPLETE'],
  ['the same APIv3 key as next one', 'APIV3_KEY_NEXT', () => API_KEY, 'NEXT_EQUALS_CURRENT'],
  ['a next APIv3 key of 31 bytes', 'APIV3_KEY_NEXT', () => API_KEY.slice(1), 'APIV3_KEY_LENGTH'],
];

function locked(): string {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' },
  }).privateKey;
}

function elliptic() {
  return generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

describe('refused with the variable and the reason', () => {
  test.each(SPOILS)('%s', (_what, part, text, code) => {
    const value = text();
    const error = refusal({ ...complete(), [`WXPAY_${MCH_ID}_${part}`]: value });
    expect(codesOf(error)).toEqual([code]);
    expect(error.message).toContain(`WXPAY_${MCH_ID}_`);
  });

  test('everything that is missing, in all merchants, at once', () => {
    const error = refusal({}, [MCH_ID, OTHER]);
    expect(codesOf(error)).toEqual(Array(6).fill('KEY_MISSING'));
    expect(error.message).toContain('WXPAY_1900007292_APIV3_KEY');
  });

  test('a variable given as text and as file', () => {
    const variable = `WXPAY_${MCH_ID}_APIV3_KEY`;
    expect(codesOf(refusal({ ...complete(), [`${variable}_FILE`]: '/dev/null' }))).toEqual([
      'KEY_GIVEN_TWICE',
    ]);
  });

  test.each([
    ['that is missing', () => join(folder, 'nowhere'), 'ENOENT'],
    ['that is a folder', () => folder, 'EISDIR'],
    ['that never ends', () => '/dev/zero', 'is no key'],
  ])('a file %s', (_what, path, why) => {
    const variable = `WXPAY_${MCH_ID}_KEY`;
    const error = refusal({ ...complete(), [variable]: undefined, [`${variable}_FILE`]: path() });
    expect(codesOf(error)).toEqual(['KEY_FILE_UNREADABLE']);
    expect(error.message).toContain(why);
    expect(error.message).not.toContain(folder);
  });
});

test('no refusal holds a part of what was given', () => {
  for (const [, part, text] of SPOILS) {
    const value = text();
    const error = refusal({ ...complete(), [`WXPAY_${MCH_ID}_${part}`]: value });
    const shown = JSON.stringify([error, error.message, error.stack, error.problems]);
    for (const secret of [API_KEY, ours.privateKey.slice(40, 80), value.trim().slice(0, 12)]) {
      if (secret.length >= 8) expect(shown).not.toContain(secret);
    }
    expect(error.cause).toBeUndefined();
  }
});

/** Codes that other tests see: of simulated keys, of files, and of the webhook's secrets. */
const NOT_OF_A_MERCHANT: readonly string[] = [
  'SIMULATED_KEY',
  'KEY_FILE_UNREADABLE',
  'KEY_GIVEN_TWICE',
  'WEBHOOK_SECRET_INVALID',
];

test('every code is refused somewhere here, except the one of simulated keys', () => {
  const seen = new Set(SPOILS.map(([, , , code]) => code));
  for (const code of KEY_PROBLEMS) {
    if (NOT_OF_A_MERCHANT.includes(code)) continue;
    expect(seen).toContain(code);
  }
  expect(keyVariables(MCH_ID)).toHaveLength(10);
});
