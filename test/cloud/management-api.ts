import { createHash, createHmac, generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import { instant } from '../../lib/values/instant';
import { isRecord } from '../../lib/values/json';
import { selfSigned } from '../../simulator/v3/certificate';

/*
 * The management API of Tencent Cloud on loopback, as far as `npm run cloud` uses it. The SDK asks
 * real hosts over TLS; a proxy (CONNECT) leads every one of them here, so nothing leaves the
 * machine.
 */

const HOSTS = ['tcb.tencentcloudapi.com', 'scf.tencentcloudapi.com'] as const;

export const KEYS = { secretId: 'AKIDexample', secretKey: 'example-secret-key' };
export const ENV_ID = 'prod-8gxvz0f70375accc';

/** An index as DescribeTable shows it. */
interface TableIndex {
  readonly Name: string;
  readonly Unique: boolean;
  readonly Keys: readonly { readonly Name: string; readonly Direction: string }[];
}

/** The environment behind the API; a test arranges and reads it. */
export interface CloudState {
  readonly tables: Map<string, { indexes: TableIndex[]; acl: string }>;
  functionRule: string | null;
  storageAcl: string;
  readonly functions: Map<string, Record<string, unknown>>;
}

/** The running API. */
export interface ManagementApi {
  /** For HTTPS_PROXY. */
  readonly proxyUrl: string;
  /** For NODE_EXTRA_CA_CERTS. */
  readonly certificates: string;
  readonly state: CloudState;
  /** Every action asked for, in order. */
  readonly actions: string[];
  /** What was not as the protocol wants it. */
  readonly protocolErrors: string[];
  /** Makes the next request of an action fail with this code. */
  refuse(action: string, code: string): void;
  /** Accepts requests of an action from now on and changes nothing. */
  ignore(action: string): void;
  stop(): Promise<void>;
}

/** Starts it with an empty environment. */
export async function startManagementApi(): Promise<ManagementApi> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
  const certificates = HOSTS.map((host) => {
    const { pem } = selfSigned(privateKey, host, instant(Date.UTC(2026, 0, 1)));
    return { host, pem, context: createSecureContext({ key, cert: pem }) };
  });
  const state: CloudState = {
    tables: new Map(),
    functionRule: null,
    storageAcl: 'ADMINONLY',
    functions: new Map(),
  };
  const actions: string[] = [];
  const protocolErrors: string[] = [];
  const refused = new Map<string, string>();
  const ignored = new Set<string>();

  const answer = (request: IncomingMessage, body: string): object => {
    const action = String(request.headers['x-tc-action']);
    actions.push(action);
    const wrong = wrongInRequest(request, body);
    if (wrong !== null) {
      protocolErrors.push(`${action}: ${wrong}`);
      return failure('AuthFailure.SignatureFailure', wrong);
    }
    const code = refused.get(action);
    if (code !== undefined) {
      refused.delete(action);
      return failure(code, 'refused by the test');
    }
    const handler = ACTIONS[action];
    const params: unknown = JSON.parse(body);
    if (!handler || !isRecord(params)) {
      protocolErrors.push(`${action} is unknown`);
      return failure('InvalidAction', `${action} is unknown`);
    }
    if (ignored.has(action)) return { RequestId: 'r' };
    return handler(state, params);
  };

  const api = createTlsServer(
    {
      key,
      cert: certificates[0]?.pem,
      SNICallback: (name, done) => {
        done(null, certificates.find(({ host }) => host === name)?.context);
      },
    },
    (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ Response: answer(request, Buffer.concat(chunks).toString('utf8')) }));
      });
    },
  );
  const proxy = createServer((request, response) => {
    protocolErrors.push(`${String(request.url)} was asked for without TLS`);
    response.writeHead(400).end();
  });
  const open = new Set<Socket>();
  proxy.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  proxy.on('connect', (request: IncomingMessage, socket: Socket) => {
    if (!HOSTS.some((host) => request.url === `${host}:443`)) {
      protocolErrors.push(`${String(request.url)} is no host of the management API`);
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      return;
    }
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    api.emit('connection', socket);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', () => resolve()));

  return {
    proxyUrl: `http://127.0.0.1:${portOf(proxy)}`,
    certificates: certificates.map(({ pem }) => pem).join(''),
    state,
    actions,
    protocolErrors,
    refuse: (action, code) => void refused.set(action, code),
    ignore: (action) => void ignored.add(action),
    async stop() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  return isRecord(address) ? Number(address['port']) : 0;
}

function failure(Code: string, Message: string): object {
  return { Error: { Code, Message }, RequestId: 'r' };
}

/** Checks a request's signature (TC3-HMAC-SHA256) as Tencent Cloud documents it. */
function wrongInRequest({ headers, method, url }: IncomingMessage, body: string): string | null {
  const host = String(headers.host);
  const service = host.split('.')[0] ?? '';
  const seconds = Number(headers['x-tc-timestamp']);
  if (Math.abs(Date.now() / 1000 - seconds) > 300) return 'the time is off';
  const date = new Date(seconds * 1000).toISOString().slice(0, 10);
  const sha = (text: string) => createHash('sha256').update(text).digest('hex');
  const mac = (secret: string | Buffer, text: string) => createHmac('sha256', secret).update(text).digest();
  const request = [
    ...[String(method), String(url), ''],
    `content-type:${String(headers['content-type'])}\nhost:${host}\n`,
    ...['content-type;host', sha(body)],
  ].join('\n');
  const scope = `${date}/${service}/tc3_request`;
  const key = mac(mac(mac(`TC3${KEYS.secretKey}`, date), service), 'tc3_request');
  const text = ['TC3-HMAC-SHA256', String(seconds), scope, sha(request)].join('\n');
  const signature = mac(key, text).toString('hex');
  const wanted = `TC3-HMAC-SHA256 Credential=${KEYS.secretId}/${scope}, SignedHeaders=content-type;host, Signature=${signature}`;
  return headers.authorization === wanted ? null : 'the signature does not fit';
}

type Params = Readonly<Record<string, unknown>>;
type Action = (state: CloudState, params: Params) => object;

const DONE = { RequestId: 'r' };

const ACTIONS: Readonly<Record<string, Action | undefined>> = {
  DescribeEnvInfo: (_, { EnvId }) =>
    EnvId === ENV_ID
      ? {
          EnvInfo: {
            EnvBaseInfo: {
              EnvId: ENV_ID,
              Databases: [{ InstanceId: 'tnt-1' }],
              Storages: [{ Bucket: 'bucket-1250000000', Region: 'ap-shanghai' }],
              Functions: [{ Namespace: ENV_ID }],
            },
          },
          ...DONE,
        }
      : failure('ResourceNotFound', 'no such environment'),
  ListTables: ({ tables }, { MgoLimit, MgoOffset }) => {
    const names = [...tables.keys()];
    const part = names.slice(Number(MgoOffset), Number(MgoOffset) + Number(MgoLimit));
    return { Tables: part.map((TableName) => ({ TableName })), Pager: { Total: names.length }, ...DONE };
  },
  DescribeTable: (state, params) =>
    onTable(state, params, ({ indexes }) => ({ Indexes: indexes, IndexNum: indexes.length })),
  CreateTable: ({ tables }, { TableName }) => {
    const name = String(TableName);
    if (tables.has(name)) return failure('ResourceInUse', 'the table exists');
    const id = { Name: '_id_', Unique: true, Keys: [{ Name: '_id', Direction: '1' }] };
    // What the console gives a new collection: its creator reads and writes.
    tables.set(name, { acl: 'PRIVATE', indexes: [id] });
    return DONE;
  },
  UpdateTable: (state, params) =>
    onTable(state, params, (table) => {
      for (const { IndexName } of listOf(params['DropIndexes'])) {
        table.indexes = table.indexes.filter(({ Name }) => Name !== IndexName);
      }
      for (const { IndexName, MgoKeySchema } of listOf(params['CreateIndexes'])) {
        const Keys = keysOf(MgoKeySchema);
        const others = table.indexes.filter(({ Name }) => Name !== IndexName);
        if (others.some((one) => JSON.stringify(one.Keys) === JSON.stringify(Keys))) {
          return failure('FailedOperation', 'an index on these fields has another name');
        }
        const Unique = isRecord(MgoKeySchema) && MgoKeySchema['MgoIsUnique'] === true;
        table.indexes = [...others, { Name: String(IndexName), Unique, Keys }];
      }
      return {};
    }),
  DescribeDatabaseACL: (state, params) => onTable(state, params, ({ acl }) => ({ AclTag: acl })),
  ModifyDatabaseACL: (state, params) =>
    onTable(state, params, (table) => {
      table.acl = String(params['AclTag']);
      return {};
    }),
  DescribeSecurityRule: ({ functionRule }, { ResourceType }) =>
    ResourceType === 'FUNCTION'
      ? { AclTag: 'CUSTOM', Rule: functionRule, ...DONE }
      : failure('InvalidParameter', 'ResourceType'),
  ModifySecurityRule: (state, { Rule, AclTag, ResourceType }) => {
    if (AclTag !== 'CUSTOM' || ResourceType !== 'FUNCTION') return failure('InvalidParameter', 'AclTag');
    state.functionRule = String(Rule);
    return DONE;
  },
  DescribeStorageSafeRule: ({ storageAcl }) => ({ AclTag: storageAcl, ...DONE }),
  ListFunctions: ({ functions }, { Limit, Offset }) => {
    const names = [...functions.keys()];
    const part = names.slice(Number(Offset), Number(Offset) + Number(Limit));
    const Functions = part.map((FunctionName) => ({ FunctionName, Runtime: 'Nodejs24.11' }));
    return { Functions, TotalCount: names.length, ...DONE };
  },
  GetFunction: ({ functions }, { FunctionName, Namespace }) => {
    const found = functions.get(String(FunctionName));
    return found && Namespace === ENV_ID
      ? { ...found, ...DONE }
      : failure('ResourceNotFound.Function', 'no such function');
  },
  UpdateFunctionConfiguration: ({ functions }, params) => {
    const { FunctionName, Timeout, MemorySize } = params;
    const found = functions.get(String(FunctionName));
    if (!found) return failure('ResourceNotFound.Function', 'no such function');
    if ('Environment' in params) return failure('InvalidParameter', 'the variables would be replaced');
    functions.set(String(FunctionName), { ...found, Timeout, MemorySize });
    return DONE;
  },
};

function onTable(
  { tables }: CloudState,
  { TableName, CollectionName }: Params,
  then: (table: { indexes: TableIndex[]; acl: string }) => object,
): object {
  const table = tables.get(String(TableName ?? CollectionName));
  return table ? { ...DONE, ...then(table) } : failure('ResourceNotFound', 'no such table');
}

function listOf(value: unknown): readonly Params[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function keysOf(schema: unknown): TableIndex['Keys'] {
  return listOf(isRecord(schema) ? schema['MgoIndexKeys'] : null).map(({ Name, Direction }) => ({
    Name: String(Name),
    Direction: String(Direction),
  }));
}
