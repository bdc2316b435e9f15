import { once } from 'node:events';
import { connect } from 'node:net';
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

describe('connections', () => {
  it("that their caller leaves in the middle of a request count as nobody's mistake", async () => {
    const { hostname, port } = new URL(gateway.url);
    const socket = connect(Number(port), hostname);
    const headers = [
      'host: x',
      'content-type: application/json',
      'content-length: 100',
      'expect: 100-continue',
    ];
    socket.write(`POST /admin HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`);
    await once(socket, 'data');
    socket.end('{"action":');
    await once(socket, 'close');
    await gateway.stop();
    expect(gateway.protocolErrors).toEqual([]);
  });

  it('stay open while idle until they are closed on purpose', async () => {
    const { hostname, port } = new URL(gateway.url);
    const socket = connect(Number(port), hostname);
    socket.setEncoding('utf8');
    for (let n = 0; n < 2; n += 1) {
      socket.write('GET /files/none HTTP/1.1\r\nhost: x\r\n\r\n');
      const heard: readonly unknown[] = await once(socket, 'data');
      expect(String(heard[0])).toContain('404 Not Found');
    }
    const closed = once(socket, 'close');
    gateway.closeIdleConnections();
    await closed;
  });
});
