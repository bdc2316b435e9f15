import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Busboy } from '@fastify/busboy';
import { isRecord } from '../../lib/values/json';

/** One call as the gateway received it. */
export interface ReceivedCall {
  readonly fields: Readonly<Record<string, string>>;
  readonly request: unknown;
}

export interface PayGateway {
  readonly url: string;
  readonly calls: readonly ReceivedCall[];
  /** Decides how the next calls are answered. */
  answer(handler: (res: ServerResponse) => void): void;
  stop(): Promise<void>;
}

/** CloudBase's pay gateway on loopback: takes the SDK's multipart calls, gives scripted answers. */
export async function startPayGateway(): Promise<PayGateway> {
  const calls: ReceivedCall[] = [];
  let handler = (res: ServerResponse): void => void res.end();
  const server = createServer((req, res) => {
    readMultipart(req).then(
      (fields) => {
        const request: unknown = JSON.parse(fields.requestData ?? 'null');
        calls.push({ fields, request });
        handler(res);
      },
      () => res.writeHead(400).end(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address: unknown = server.address();
  if (!isRecord(address)) throw new Error('the gateway has no address');
  return {
    url: `http://127.0.0.1:${String(address.port)}/admin`,
    calls,
    answer(next) {
      handler = next;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/**
 * The SDK sends `requestData` and `apiOptions` as octet streams, which a form parser takes for
 * files.
 */
function readMultipart(req: IncomingMessage): Promise<Readonly<Record<string, string>>> {
  return new Promise((resolve, reject) => {
    const fields: Record<string, string> = {};
    const parser = new Busboy({
      headers: { ...req.headers, 'content-type': req.headers['content-type'] ?? '' },
      isPartAFile: () => false,
    });
    parser.on('field', (name, value) => {
      fields[name] = value;
    });
    parser.on('finish', () => {
      resolve(fields);
    });
    parser.on('error', reject);
    req.pipe(parser);
  });
}
