import { startLoopbackCloudBase, type LoopbackCloudBase } from './gateway';

let gateway: LoopbackCloudBase;

beforeEach(async () => {
  gateway = await startLoopbackCloudBase();
  gateway.database.createCollection('c');
});

afterEach(() => gateway.stop());

const AUTHORIZATION = `TC3-HMAC-SHA256 Credential=id/2026-11-23/tcb/tc3_request, SignedParams=action, SignedHeaders=host, Signature=${'a'.repeat(64)}`;

async function post(body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const response = await fetch(gateway.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: AUTHORIZATION, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return response.json();
}

const wellFormed = () => ({
  action: 'database.insertDocument',
  envName: gateway.envId,
  collectionName: 'c',
  data: ['{"_id":"1"}'],
});

describe('requests the real SDK would not send', () => {
  it('are told from one that it would', async () => {
    await expect(post(wellFormed())).resolves.toMatchObject({ data: { insertedIds: ['1'] } });
    expect(gateway.protocolErrors).toEqual([]);
  });

  it.each([
    ['no JSON', () => '{"action":', 'not a JSON object'],
    ['no action', () => ({ ...wellFormed(), action: undefined }), 'no action'],
    ['an unknown action', () => ({ ...wellFormed(), action: 'database.drop' }), 'unknown action'],
    ['another environment', () => ({ ...wellFormed(), envName: 'production' }), 'envName is "production"'],
    ['documents that are no EJSON', () => ({ ...wellFormed(), data: ['{"_id":'] }), 'not valid EJSON'],
    [
      'documents that are no strings',
      () => ({ ...wellFormed(), data: [{ _id: '1' }] }),
      'not an EJSON string',
    ],
    ['no collection', () => ({ ...wellFormed(), collectionName: '' }), 'collectionName is not a text'],
  ])('%s', async (_what, body, problem) => {
    await expect(post(body())).resolves.toMatchObject({ code: 'INVALID_PARAM' });
    expect(gateway.protocolErrors).toEqual([expect.stringContaining(problem)]);
    expect(gateway.database.documents('c')).toEqual([]);
  });

  it('one without a signature', async () => {
    await expect(post(wellFormed(), { authorization: 'Bearer x' })).resolves.toMatchObject({
      code: 'INVALID_PARAM',
    });
    expect(gateway.protocolErrors).toHaveLength(1);
  });

  it('one to another address', async () => {
    const response = await fetch(new URL('/elsewhere', gateway.url));
    expect(response.status).toBe(404);
    expect(gateway.protocolErrors).toHaveLength(1);
  });
});
