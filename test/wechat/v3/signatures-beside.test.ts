import { execFileSync } from 'node:child_process';
import { createSecretKey, sign } from 'node:crypto';
import { closeSync, constants, mkdtempSync, open, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemTimers } from '../../../lib/runtime/timers';
import { later } from '../../../lib/values/instant';
import type { SignedText, Verification } from '../../../lib/wechat/v3/verify';
import {
  checkSignaturesBeside,
  MOST_BESIDE,
  MOST_SKEW_MS,
  verifySignature,
} from '../../../lib/wechat/v3/verify';
import { linesOf } from '../../../lib/wechat/v3/sign';
import { DIRECT, keysOf, OURS, PUBLIC_KEY_ID, START, THEIRS } from './stage';

/* Signatures checked by other threads: the verdict is that of `verifySignature`, only later. */

const KEYS = keysOf(DIRECT).wechatKeys;
const BODY = Buffer.from('{"id":"1"}');

function signedBy(key = THEIRS.privateKey, over: Partial<SignedText> = {}): SignedText {
  const [timestamp, nonce] = [String(START / 1000), 'a'.repeat(32)];
  const signature = sign('sha256', linesOf([timestamp, nonce], BODY), key).toString('base64');
  return { timestamp, nonce, signature, serial: PUBLIC_KEY_ID, body: BODY, ...over };
}

const CASES: Readonly<Record<Verification['kind'], readonly SignedText[]>> = {
  valid: [signedBy()],
  invalid: [
    signedBy(OURS.privateKey),
    signedBy(undefined, { body: Buffer.from('{"id":"2"}') }),
    signedBy(undefined, { signature: 'QUJD' }),
  ],
  unknown_key: [signedBy(undefined, { serial: 'PUB_KEY_ID_0' })],
  signtest: [signedBy(undefined, { signature: 'WECHATPAY/SIGNTEST/AAAA' })],
  missing: [signedBy(undefined, { nonce: '' }), signedBy(undefined, { signature: '' })],
  clock: [],
};

test.each(Object.entries(CASES))('%s is the verdict of either way', async (kind, texts) => {
  const check = checkSignaturesBeside(systemTimers);
  for (const signed of texts) {
    const verdict = verifySignature(signed, KEYS, START);
    expect(verdict.kind).toBe(kind);
    expect(await check(signed, KEYS, START)).toEqual(verdict);
  }
});

test('time is judged last, beside too', async () => {
  const check = checkSignaturesBeside(systemTimers);
  const late = later(START, MOST_SKEW_MS + 1_000);
  expect(await check(signedBy(), KEYS, late)).toEqual({
    ...{ kind: 'clock', skewMs: MOST_SKEW_MS + 1_000, keyId: PUBLIC_KEY_ID },
  });
  expect(await check(signedBy(OURS.privateKey), KEYS, late)).toEqual({ kind: 'invalid' });
});

test('a key that cannot check an RSA signature proves nothing, and stops nothing', async () => {
  const secret = createSecretKey(Buffer.alloc(32));
  const broken = { id: PUBLIC_KEY_ID, key: secret, from: 'configured' } as const;
  const check = checkSignaturesBeside(systemTimers);
  expect(await check(signedBy(), [broken], START)).toEqual({ kind: 'invalid' });
  expect(await check(signedBy(), [broken, ...KEYS], START)).toMatchObject({ kind: 'valid' });
});

test('more than may run beside are checked at once, by the calling thread', async () => {
  const check = checkSignaturesBeside(systemTimers);
  const ended: number[] = [];
  const verdicts = Array.from({ length: MOST_BESIDE + 2 }, async (_, n) => {
    const signed = n % 2 === 0 ? signedBy() : signedBy(OURS.privateKey);
    const { kind } = await check(signed, KEYS, START);
    ended.push(n);
    return kind;
  });
  await Promise.resolve();
  await Promise.resolve();
  await Promise.resolve();
  expect(ended).toEqual([MOST_BESIDE, MOST_BESIDE + 1]);
  const kinds = await Promise.all(verdicts);
  expect(kinds).toEqual(kinds.map((_, n) => (n % 2 === 0 ? 'valid' : 'invalid')));
  // Those that ended made room again.
  const again = Array.from({ length: MOST_BESIDE }, () => check(signedBy(), KEYS, START));
  expect(new Set((await Promise.all(again)).map(({ kind }) => kind))).toEqual(new Set(['valid']));
});

test('while every other thread hangs, the calling one checks', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'wxpay-inbox-threads-'));
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  // To open a pipe takes until somebody writes to it: each of these holds a thread.
  const threads = Number(process.env['UV_THREADPOOL_SIZE'] ?? 4);
  const held = Array.from(
    { length: threads },
    () =>
      new Promise<void>((resolve) => {
        open(pipe, 'r', (_error, file) => {
          closeSync(file);
          resolve();
        });
      }),
  );
  const waits: (() => void)[] = [];
  const check = checkSignaturesBeside({
    after: (_ms, then) => {
      waits.push(then);
      return () => undefined;
    },
  });
  try {
    const verdicts = [check(signedBy(), KEYS, START), check(signedBy(OURS.privateKey), KEYS, START)];
    for (const then of waits) then();
    expect((await Promise.all(verdicts)).map(({ kind }) => kind)).toEqual(['valid', 'invalid']);
  } finally {
    const writer = openSync(pipe, constants.O_RDWR);
    await Promise.all(held);
    closeSync(writer);
    rmSync(folder, { recursive: true });
  }
});
