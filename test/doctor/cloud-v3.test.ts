import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../lib/config/config';
import type { V3HttpRequest } from '../../lib/wechat/v3/transport';
import { examineCloudV3 } from '../../operator/doctor/cloud-v3';

const MCH = '1900000001';
const HOST = 'https://api.mch.weixin.qq.com';
const ours = generateKeyPairSync('rsa', { modulusLength: 2048 });
const theirs = generateKeyPairSync('rsa', { modulusLength: 2048 });

const KEYS = {
  'KEY.pem': ours.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  SERIAL: '408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB',
  APIV3_KEY: 'wxpay-inbox-own-test-key-32chars',
  'PUBLIC_KEY.pem': theirs.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  PUBLIC_KEY_ID: 'PUB_KEY_ID_0119000000012026112900000000000001',
};

const settings = (callbackUrl: string | null) =>
  readConfig({
    merchants: [{ mchId: MCH, appId: 'wx8888888888888888', channel: 'v3' }],
    ...(callbackUrl === null ? {} : { cloud: { callbackUrl } }),
  });

/** What the doctor finds in a checkout with these keys, and what it asked. */
async function examined(keys: object, callbackUrl: string | null = 'https://pay.example.com') {
  const root = mkdtempSync(join(tmpdir(), 'wxpay-inbox-doctor-'));
  const asked: V3HttpRequest[] = [];
  try {
    mkdirSync(join(root, 'keys'));
    for (const [name, text] of Object.entries(keys)) {
      writeFileSync(join(root, 'keys', `WXPAY_${MCH}_${name}`), String(text));
    }
    const findings = await examineCloudV3(settings(callbackUrl), root, {
      hosts: [HOST],
      transport: async (request) => {
        asked.push(request);
        const body = Buffer.from(request.url.startsWith(HOST) ? '{"code":"SIGN_ERROR"}' : '<html>');
        return { kind: 'answer', status: request.url.startsWith(HOST) ? 401 : 404, headers: {}, body };
      },
    });
    return {
      asked,
      levels: Object.fromEntries(findings.map(({ check, level }) => [check, level])),
      findings,
    };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

test('one signed call is made with the keys of the folder, and the address of the callbacks is tried', async () => {
  const { asked, levels, findings } = await examined(KEYS);
  expect(levels).toMatchObject({ api_keys: 'ok', notify_url: 'error', signed_call: 'error' });
  expect(asked.map(({ url }) => new URL(url).origin).sort()).toEqual([HOST, 'https://pay.example.com']);
  expect(findings.find(({ check }) => check === 'notify_url')?.fix).toContain('cloud.callbackUrl');
  expect(JSON.stringify(findings)).not.toContain('PRIVATE KEY');
});

test('a missing or wrong key is named, and nothing is asked', async () => {
  const { APIV3_KEY: _left, ...rest } = KEYS;
  const { asked, findings } = await examined(rest);
  expect(findings).toMatchObject([{ check: 'api_keys', level: 'error' }]);
  expect(findings[0]?.what).toContain(`WXPAY_${MCH}_APIV3_KEY`);
  expect(asked).toEqual([]);
});

test('a checkout for a server is left to the server', async () => {
  expect(await examined(KEYS, null)).toMatchObject({ findings: [], asked: [] });
});
