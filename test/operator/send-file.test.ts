import { createHash, randomBytes } from 'node:crypto';
import { API_LIMITS } from '../../lib/ops/api';
import { sendFile } from '../../operator/send-file';

/** A server that keeps parts, or refuses the `n`th. */
function keeping(refuses = -1) {
  const parts: Buffer[] = [];
  const ask = async (_op: string, { part }: { readonly part: string }) => {
    expect(part.length).toBeLessThanOrEqual(API_LIMITS.file);
    if (parts.length === refuses) return { ok: false, code: 'NOT_FOUND', message: '' } as const;
    const bytes = Buffer.from(part, 'base64');
    parts.push(bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return { ok: true, part: { location: String(parts.length), bytes: bytes.length, sha256 } } as const;
  };
  return { parts, client: { ask } };
}

test('a small file goes with the call, a larger one in parts before it', async () => {
  const { parts, client } = keeping();
  expect(await sendFile(client, 'run', Buffer.from('small'))).toEqual({
    ok: true,
    given: { file: Buffer.from('small').toString('base64') },
  });
  expect(parts).toEqual([]);
  const bytes = randomBytes(400_001);
  const sent = await sendFile(client, 'run', bytes);
  expect(Buffer.concat(parts).equals(bytes)).toBe(true);
  expect(parts).toHaveLength(3);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  expect(sent).toMatchObject({ ok: true, given: { sha256, parts: [{ location: '1' }, {}, {}] } });
});

test('the first refusal ends it, and a file beyond all parts is not begun', async () => {
  const { parts, client } = keeping(1);
  expect(await sendFile(client, 'run', randomBytes(600_000))).toMatchObject({ ok: false, code: 'NOT_FOUND' });
  expect(parts).toHaveLength(1);
  const beyond = Buffer.alloc(API_LIMITS.parts * API_LIMITS.file);
  await expect(sendFile(client, 'run', beyond)).rejects.toThrow('too large');
});
