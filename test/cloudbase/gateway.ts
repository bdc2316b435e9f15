import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { parseAdminRequest, readBody, type AdminRequest } from './admin-request';
import { databaseActions } from './database-actions';
import type { DuplicateShape } from './database/collections';
import type { DatabaseBehaviour } from './database/behaviour';
import { newDatabase, type Database } from './database/engine';
import { CloudBaseError, MalformedRequest } from './errors';
import { newFaults, takesEffect, type Faults, type Strike } from './faults';
import { callFunction, callPay, type FunctionHandler, type PayHandler } from './platform-calls';
import type { PlatformLimits } from './limits';
import { newRequestLog, type RequestLog } from './request-log';
import { newStorage, type Storage } from './storage';
import { realTimer, type Timer } from './timer';
import { newTraffic } from './traffic';

/** How to start a loopback CloudBase. Everything has a default. */
export interface LoopbackOptions {
  /** The one environment it serves. Default `DEFAULT_ENV_ID`. */
  readonly envId?: string;
  /** Gives the milliseconds since 1970 that `serverDate()` becomes. Default: the machine's time. */
  readonly clock?: { now(): number };
  /** Measures delays and the life of transactions. Default: real time. */
  readonly timer?: Timer;
  /**
   * The shape of duplicate key errors. Default `duplicate_write`; `database.behaviour` can change
   * it later.
   */
  readonly duplicates?: DuplicateShape;
  readonly updatedCounts?: DatabaseBehaviour['updatedCounts'];
  /** The platform's limits. Default: none. */
  readonly limits?: Readonly<PlatformLimits>;
}

/** A CloudBase environment on 127.0.0.1 that the unmodified SDK can be pointed at. */
export interface LoopbackCloudBase {
  readonly envId: string;
  /**
   * The SDK's service URL, path included: put it in `TCB_CONTEXT_CNFG` or pass it as `serviceUrl`.
   */
  readonly url: string;
  readonly requests: RequestLog;
  readonly faults: Faults;
  readonly database: Database;
  readonly storage: Storage;
  /** The platform's limits, to be changed while it runs. */
  readonly limits: PlatformLimits;
  /** Every request that the real SDK never sends, as sentences. A test ends with this empty. */
  readonly protocolErrors: readonly string[];
  /** As `requests.count`. */
  readonly countRequests: RequestLog['count'];
  /** As `requests.reset`. */
  resetCount(): void;
  /** Sets who answers `cloudPay` calls. */
  setPayApi(handler: PayHandler): void;
  /** Sets who answers `callFunction` for this name. */
  setFunction(name: string, handler: FunctionHandler): void;
  /** Closes the connections without a running request, as a server does after some idle seconds. */
  closeIdleConnections(): void;
  /** Lets go what hangs, cuts every connection and closes. */
  stop(): Promise<void>;
}

interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Buffer;
}

/** A request as it would go without a fault. */
interface Exchange {
  readonly action: string;
  readonly fields: AdminRequest['fields'];
  /** Takes effect and answers. */
  readonly answer: () => Promise<Reply>;
  /** Says no with an error of its own, without taking effect. */
  readonly refuse: (code: string, message: string) => Promise<Reply>;
}

/** The environment a loopback CloudBase serves when it is not told another. */
export const DEFAULT_ENV_ID = 'loopback-env';

/**
 * With exactly this content type the SDK takes an answer for CloudBase's own, never for WeChat
 * Pay's.
 */
const CLOUDBASE_JSON = 'application/json; charset=utf-8';
const FILES_PATH = '/files';

/** Starts a loopback CloudBase on a free port. */
export async function startLoopbackCloudBase(options: LoopbackOptions = {}): Promise<LoopbackCloudBase> {
  const envId = options.envId ?? DEFAULT_ENV_ID;
  const timer = options.timer ?? realTimer;
  const requests = newRequestLog();
  const faults = newFaults();
  const clock = options.clock ?? { now: Date.now };
  const limits: PlatformLimits = { ...options.limits };
  const database = newDatabase(
    {
      duplicates: options.duplicates ?? 'duplicate_write',
      updatedCounts: options.updatedCounts ?? 'modified',
      hasMattered: false,
    },
    timer,
    limits,
    clock,
  );
  const traffic = newTraffic(limits, clock);
  let origin = '';
  const storage = newStorage(envId, () => `${origin}${FILES_PATH}`);
  const actions = new Map([...databaseActions(database, clock, limits), ...storage.actions]);
  const functions = new Map<string, FunctionHandler>();
  const protocolErrors: string[] = [];
  let payHandler: PayHandler | undefined;

  async function run({ action, fields }: AdminRequest): Promise<Reply> {
    if (action === 'wx.wxPayApi') {
      const { body, contentType = 'application/octet-stream' } = await callPay(fields, payHandler);
      return { status: 200, contentType, body };
    }
    if (action === 'functions.invokeFunction') return json(await callFunction(fields, functions));
    const act = actions.get(action);
    if (!act) throw new MalformedRequest(`unknown action ${action}`);
    if (!action.startsWith('database.')) return json(await act(fields));
    return traffic.pass(async () => {
      const { countMs = 0 } = limits;
      if (action === 'database.calculateDocument' && countMs > 0) await passed(countMs);
      return json(await act(fields));
    });
  }

  function passed(ms: number): Promise<void> {
    return new Promise((resolve) => timer.schedule(ms, resolve));
  }

  async function answer(request: AdminRequest): Promise<Reply> {
    try {
      return await run(request);
    } catch (error) {
      return errorReply(error, request.action);
    }
  }

  function errorReply(error: unknown, action: string): Reply {
    if (error instanceof CloudBaseError) {
      return { ...json({ code: error.code, message: error.message }), status: error.status };
    }
    if (error instanceof MalformedRequest) {
      protocolErrors.push(`${action}: ${error.message}`);
      return json({ code: 'INVALID_PARAM', message: error.message });
    }
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    protocolErrors.push(`${action}: the loopback CloudBase itself failed: ${message}`);
    return json({ code: 'SYS_ERR', message });
  }

  /** What to answer under a fault; null to destroy the connection instead. */
  async function struckAnswer({ answer, refuse }: Exchange, strike: Strike): Promise<Reply | null> {
    const { effect } = strike;
    const applied = takesEffect(effect) ? await answer() : null;
    strike.inPlace();
    switch (effect.kind) {
      case 'delay':
        await passed(effect.ms);
        return answer();
      case 'error':
        return refuse(effect.code, effect.message);
      case 'http':
        return { status: effect.status, contentType: 'text/plain', body: effect.body ?? '' };
      case 'malformed':
        return { status: 200, contentType: CLOUDBASE_JSON, body: '{"requestId":"loop' };
      case 'empty':
        return { status: 200, contentType: CLOUDBASE_JSON, body: '' };
      case 'cutBefore':
      case 'cutAfter':
        return null;
      case 'hang':
        await strike.released;
        return applied ?? answer();
    }
  }

  async function replyTo(exchange: Exchange): Promise<Reply | null> {
    const strike = faults.strike(requests.add(exchange));
    return strike ? struckAnswer(exchange, strike) : exchange.answer();
  }

  async function refuse(request: AdminRequest, code: string, message: string): Promise<Reply> {
    // A commit refused by CloudBase leaves no transaction behind: the SDK starts anew without
    // aborting.
    if (request.action === 'database.commitTransaction') {
      await answer({ ...request, action: 'database.abortTransaction' });
    }
    return json({ code, message });
  }

  async function handleAdmin(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    let reply: Reply | null;
    try {
      const parsed = await parseAdminRequest(request.headers, body, envId);
      reply = await replyTo({
        ...parsed,
        answer: () => answer(parsed),
        refuse: (code, message) => refuse(parsed, code, message),
      });
    } catch (error) {
      reply = errorReply(error, `${request.method ?? ''} ${request.url ?? ''}`);
    }
    send(response, reply);
  }

  async function handleFile(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const bytes = await readBody(request);
    const isUpload = request.method === 'PUT';
    const reply = await replyTo({
      action: isUpload ? 'storage.put' : 'storage.get',
      fields: { path },
      answer: async () => (isUpload ? upload(path, request.headers, bytes) : download(path)),
      refuse: async (code, message) => storageError(code, message),
    });
    send(response, reply);
  }

  function upload(path: string, headers: IncomingMessage['headers'], bytes: Buffer): Reply {
    const problem = storage.receive(path, headers, bytes);
    if (problem === null) return { status: 200, contentType: 'application/xml', body: '' };
    protocolErrors.push(`storage.put: ${problem}`);
    return storageError('SignatureDoesNotMatch', problem);
  }

  function download(path: string): Reply {
    const file = storage.files.get(path);
    if (file === undefined) return storageError('NoSuchKey', 'The specified key does not exist.', 404);
    return { status: 200, contentType: 'application/octet-stream', body: file };
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://loopback');
    if (pathname === '/admin' && request.method === 'POST') return handleAdmin(request, response);
    if (!pathname.startsWith(`${FILES_PATH}/`)) {
      throw new MalformedRequest(`no such address: ${request.method ?? ''} ${pathname}`);
    }
    return handleFile(decodeURIComponent(pathname.slice(FILES_PATH.length + 1)), request, response);
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      // A caller that was killed in the middle of its request made no mistake.
      if (request.complete) errorReply(error, `${request.method ?? ''} ${request.url ?? ''}`);
      send(response, { status: 404, contentType: 'text/plain', body: '' });
    });
  });
  // An idle connection closed under the SDK is a separate fault, because it does not retry: see
  // closeIdleConnections.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the loopback CloudBase has no port');
  origin = `http://127.0.0.1:${address.port}`;

  return {
    envId,
    url: `${origin}/admin`,
    requests,
    faults,
    database,
    storage,
    limits,
    protocolErrors,
    countRequests: requests.count,
    resetCount: () => requests.reset(),
    setPayApi(handler) {
      payHandler = handler;
    },
    setFunction(name, handler) {
      functions.set(name, handler);
    },
    closeIdleConnections: () => server.closeIdleConnections(),
    stop() {
      faults.release();
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

/** An error of the storage: the SDK reads its text and never the status of an upload's answer. */
function storageError(code: string, message: string, status = 403): Reply {
  const body =
    `<Error><Code>${code}</Code><Message>${message}</Message>` +
    '<RequestId>loopback</RequestId><TraceId>loopback</TraceId></Error>';
  return { status, contentType: 'application/xml', body };
}

function json(fields: Readonly<Record<string, unknown>>): Reply {
  return {
    status: 200,
    contentType: CLOUDBASE_JSON,
    body: JSON.stringify({ requestId: randomUUID(), ...fields }),
  };
}

function send(response: ServerResponse, reply: Reply | null): void {
  if (!reply) {
    response.destroy();
    return;
  }
  response.writeHead(reply.status, { 'content-type': reply.contentType }).end(reply.body);
}
