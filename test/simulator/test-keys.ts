import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { certificatesOf, type SimulatedKeys } from '../../simulator/v3/keys';
import { START } from './stage';

function testKey(name: string): KeyObject {
  return createPrivateKey(readFileSync(join(__dirname, 'test-keys', `${name}.test-key.pem`)));
}

/** Keys of a simulated API v3 that were made beforehand: making one takes up to half a second. */
export function testKeys(): SimulatedKeys {
  const certificates = certificatesOf(testKey('platform-1'), testKey('platform-2'), START);
  return {
    merchantKey: testKey('merchant'),
    merchantSerial: '5F00000000000000000000000000000000000A0B',
    apiV3Key: 'a-test-key-of-32-characters-only',
    wechatKey: testKey('wechat'),
    wechatKeyId: 'PUB_KEY_ID_0119000000012026030100000001',
    certificates: () => certificates,
  };
}
