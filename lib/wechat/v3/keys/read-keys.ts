import type { KeyObject } from 'node:crypto';
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import type { SubMchId } from '../../../values/ids';
import type { KeyGeneration, KeyPart, KeyProblem, KeyProblemCode, KeySource } from './key-sources';
import { KeyError, keyVariable, keyVariables } from './key-sources';
import type { V3Keys, WeChatKey } from './keys';

/*
 * Text to keys. Everything that can be wrong is found here, before the first call is signed: WeChat
 * Pay's own answer to each of these mistakes is the same "签名错误".
 */

/** A key that signs, and the serial number of its certificate. */
export interface SigningKey {
  readonly privateKey: KeyObject;
  readonly serial: string;
}

/** The keys of one merchant number. */
export interface KeySet {
  readonly keys: V3Keys;
  /** The merchant's next certificate, during a rotation: checked, but not used to sign yet. */
  readonly nextSigner: SigningKey | null;
}

/** An APIv3 key is the 32 bytes of an AES-256 key. */
const APIV3_KEY_BYTES = 32;

/**
 * Reads the keys of a merchant number.
 *
 * Failure policy: fail closed. Throws `KeyError` with everything that is wrong at once, because a
 * start with a wrong key takes no money and loses notifications. No text of a key is ever part of
 * the error.
 */
export function readKeys(mchId: SubMchId, source: KeySource): KeySet {
  const texts = textsOf(mchId, source);
  const problems: KeyProblem[] = [];
  const note = (code: KeyProblemCode, variable: string, why: string): null => {
    problems.push({ code, variable, why });
    return null;
  };
  const part: ReadPart = (name, generation) => {
    const variable = keyVariable(mchId, name, generation);
    const text = texts.get(variable)?.trim() ?? '';
    return { variable, text: text === '' ? null : text };
  };

  const signer = readSigner(part, 'current', note);
  const nextSigner = readSigner(part, 'next', note);
  const apiV3Key = readApiV3Key(part, 'current', note);
  const nextApiV3Key = readApiV3Key(part, 'next', note);
  const wechatKey = readWeChatKey(part, 'current', note);
  const nextWeChatKey = readWeChatKey(part, 'next', note);

  if (signer && nextSigner && signer.serial === nextSigner.serial)
    note('NEXT_EQUALS_CURRENT', part('SERIAL', 'next').variable, 'is the current one: remove it');
  if (apiV3Key && nextApiV3Key?.equals(apiV3Key))
    note('NEXT_EQUALS_CURRENT', part('APIV3_KEY', 'next').variable, 'is the current one: remove it');
  if (wechatKey && nextWeChatKey && wechatKey.id === nextWeChatKey.id)
    note('NEXT_EQUALS_CURRENT', part('PUBLIC_KEY_ID', 'next').variable, 'is the current one: remove it');
  for (const [wechat, generation] of [
    [wechatKey, 'current'],
    [nextWeChatKey, 'next'],
  ] as const) {
    if (wechat && signer && samePublicKey(wechat.key, signer.privateKey))
      note(
        'PUBLIC_KEY_IS_OURS',
        part('PUBLIC_KEY', generation).variable,
        'belongs to your own certificate; must be WeChat Pay’s (微信支付公钥), from the merchant platform',
      );
  }

  const [first, ...rest] = problems;
  if (first !== undefined) throw new KeyError([first, ...rest]);
  if (signer === null || apiV3Key === null) throw new TypeError('a missing key was not noted');
  return {
    keys: {
      mchId,
      ...signer,
      apiV3Keys: nextApiV3Key === null ? [apiV3Key] : [apiV3Key, nextApiV3Key],
      wechatKeys: [wechatKey, nextWeChatKey].filter((key) => key !== null),
      mode: wechatKey === null ? 'certificates' : 'public_key',
    },
    nextSigner,
  };
}

/** Every text there is. Throws `KeyError` with all that cannot be read. */
function textsOf(mchId: SubMchId, source: KeySource): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  const problems: KeyProblem[] = [];
  for (const variable of keyVariables(mchId)) {
    try {
      const text = source(variable);
      if (text !== null) texts.set(variable, text);
    } catch (error) {
      if (!(error instanceof KeyError)) throw error;
      problems.push(...error.problems);
    }
  }
  const [first, ...rest] = problems;
  if (first !== undefined) throw new KeyError([first, ...rest]);
  return texts;
}

type ReadPart = (
  name: KeyPart,
  generation: KeyGeneration,
) => { readonly variable: string; readonly text: string | null };

type Note = (code: KeyProblemCode, variable: string, why: string) => null;

function readSigner(part: ReadPart, generation: KeyGeneration, note: Note): SigningKey | null {
  const key = part('KEY', generation);
  const serial = part('SERIAL', generation);
  if (generation === 'next' && key.text === null && serial.text === null) return null;
  const code = generation === 'next' ? 'NEXT_INCOMPLETE' : 'KEY_MISSING';
  const privateKey =
    key.text === null
      ? note(code, key.variable, 'is missing: the text of apiclient_key.pem, or its path in …_FILE')
      : readPrivateKey(key.variable, key.text, note);
  const read =
    serial.text === null
      ? note(
          code,
          serial.variable,
          'is missing: the serial number of your API certificate (商户API证书序列号)',
        )
      : readSerial(serial.variable, serial.text, note);
  if (privateKey === null || read === null) return null;
  if (read.certificate !== null && !read.certificate.checkPrivateKey(privateKey)) {
    return note(
      'SERIAL_OF_ANOTHER_KEY',
      serial.variable,
      `is the certificate of another key than ${key.variable}: use the pair of one download`,
    );
  }
  return { privateKey, serial: read.serial };
}

function readPrivateKey(variable: string, text: string, note: Note): KeyObject | null {
  const pem = pemOf(text);
  const label = labelOf(pem);
  if (label === 'CERTIFICATE')
    return note('PRIVATE_KEY_IS_CERTIFICATE', variable, 'is a certificate; must be apiclient_key.pem');
  if (label === 'PUBLIC KEY' || label === 'RSA PUBLIC KEY')
    return note('PRIVATE_KEY_IS_PUBLIC', variable, 'is a public key; must be apiclient_key.pem');
  if (label === 'ENCRYPTED PRIVATE KEY' || pem.includes('Proc-Type: 4,ENCRYPTED'))
    return note(
      'PRIVATE_KEY_ENCRYPTED',
      variable,
      'has a password; must have none: openssl pkey -in <file> -out apiclient_key.pem',
    );
  const key = attempted(() => createPrivateKey(pem));
  if (key === null)
    return note(
      'PRIVATE_KEY_UNREADABLE',
      variable,
      'is no PEM private key; must be the whole of apiclient_key.pem, from -----BEGIN to END----- (not the .p12)',
    );
  if (key.asymmetricKeyType !== 'rsa')
    return note('PRIVATE_KEY_NOT_RSA', variable, 'is no RSA key; must be apiclient_key.pem');
  return key;
}

/** A serial number, or the certificate it is read from (`apiclient_cert.pem`). */
function readSerial(
  variable: string,
  text: string,
  note: Note,
): { readonly serial: string; readonly certificate: X509Certificate | null } | null {
  if (/^[0-9a-f]{40}$/i.test(text)) return { serial: text.toUpperCase(), certificate: null };
  const certificate = attempted(() => new X509Certificate(pemOf(text)));
  if (certificate !== null && /^[0-9A-F]{40}$/.test(certificate.serialNumber))
    return { serial: certificate.serialNumber, certificate };
  return note(
    'SERIAL_INVALID',
    variable,
    'is neither 40 hexadecimal digits nor a certificate: openssl x509 -in apiclient_cert.pem -noout -serial shows it',
  );
}

function readApiV3Key(part: ReadPart, generation: KeyGeneration, note: Note): Buffer | null {
  const { variable, text } = part('APIV3_KEY', generation);
  if (text === null) {
    return generation === 'next'
      ? null
      : note(
          'KEY_MISSING',
          variable,
          'is missing: the APIv3 key (APIv3密钥) you set in the merchant platform',
        );
  }
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length === APIV3_KEY_BYTES) return bytes;
  return note(
    'APIV3_KEY_LENGTH',
    variable,
    `has ${bytes.length} bytes; must have ${APIV3_KEY_BYTES}, as set in the merchant platform (APIv3密钥, not the APIv2 one)`,
  );
}

function readWeChatKey(part: ReadPart, generation: KeyGeneration, note: Note): WeChatKey | null {
  const written = part('PUBLIC_KEY', generation);
  const id = part('PUBLIC_KEY_ID', generation);
  if (written.text === null && id.text === null) return null;
  if (id.text === null)
    return note('PUBLIC_KEY_ID_MISSING', id.variable, `is missing, and ${written.variable} needs it`);
  if (!/^PUB_KEY_ID_[0-9A-Za-z_]{1,64}$/.test(id.text))
    return note('PUBLIC_KEY_ID_INVALID', id.variable, 'must begin with PUB_KEY_ID_ (微信支付公钥ID)');
  if (written.text === null)
    return note('PUBLIC_KEY_MISSING', written.variable, `is missing, and ${id.variable} needs it`);
  const key = readPublicKey(written.variable, written.text, note);
  return key === null ? null : { id: id.text.toUpperCase(), key, from: 'configured' };
}

function readPublicKey(variable: string, text: string, note: Note): KeyObject | null {
  const pem = pemOf(text);
  const label = labelOf(pem);
  if (label === 'CERTIFICATE')
    return note(
      'PUBLIC_KEY_IS_CERTIFICATE',
      variable,
      'is a certificate; must be pub_key.pem. Merchants with platform certificates leave it and its id out',
    );
  if (label?.endsWith('PRIVATE KEY') === true)
    return note('PUBLIC_KEY_IS_PRIVATE', variable, 'is a private key; must be WeChat Pay’s pub_key.pem');
  const key = attempted(() => createPublicKey(pem));
  if (key === null)
    return note(
      'PUBLIC_KEY_UNREADABLE',
      variable,
      'is no PEM public key; must be the whole of pub_key.pem, from -----BEGIN to END-----',
    );
  if (key.asymmetricKeyType !== 'rsa')
    return note('PUBLIC_KEY_NOT_RSA', variable, 'is no RSA key; must be WeChat Pay’s pub_key.pem');
  return key;
}

/** Text of a variable: line ends may be written as the two characters `\n`. */
function pemOf(text: string): string {
  return text.includes('\n') ? text : text.replaceAll('\\n', '\n');
}

function labelOf(pem: string): string | undefined {
  return /-----BEGIN ([A-Z0-9 ]+)-----/.exec(pem)?.[1];
}

function samePublicKey(one: KeyObject, privateKey: KeyObject): boolean {
  const der = (key: KeyObject) => key.export({ type: 'spki', format: 'der' });
  return der(one).equals(der(createPublicKey(privateKey)));
}

/** Null for any error: its text could quote a part of the key. */
function attempted<Value>(read: () => Value): Value | null {
  try {
    return read();
  } catch {
    return null;
  }
}
