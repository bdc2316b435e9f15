import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { isRecord } from '../../lib/values/json';

/** What a robot was sent. */
export interface Received {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** How a robot answers: what it says, or what it does to the connection. */
export type Behaviour =
  | {
      readonly kind: 'answer';
      readonly status?: number;
      readonly text: string;
      readonly headers?: Record<string, string>;
    }
  | { readonly kind: 'reset' }
  | { readonly kind: 'silent' }
  /** Headers come, and the body never ends. */
  | { readonly kind: 'trickle' };

/** A robot on this machine. */
export interface LoopbackRobot {
  readonly url: string;
  readonly received: readonly Received[];
  /** Its behaviour from now on: each once, then the last one permanently. */
  readonly behave: (...how: readonly Behaviour[]) => void;
  /** Resolves when so many messages have come, all in all. */
  readonly whenReceived: (count: number) => Promise<void>;
}

/** What says that everything is well, in each robot's words. */
export const TAKEN = {
  wecom: '{"errcode":0,"errmsg":"ok"}',
  feishu: '{"StatusCode":0,"StatusMessage":"success","code":0,"data":{},"msg":"success"}',
  dingtalk: '{"errcode":0,"errmsg":"ok"}',
  webhook: '',
} as const;

/** Answers with this text and HTTP 200. */
export function says(text: string, status = 200): Behaviour {
  return { kind: 'answer', text, status };
}

/** Runs a case with a robot, and lets go of it. */
export async function withRobot(run: (robot: LoopbackRobot) => Promise<void>): Promise<void> {
  const received: Received[] = [];
  const waiting: { readonly count: number; readonly then: () => void }[] = [];
  let how: readonly Behaviour[] = [says(TAKEN.wecom)];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
      const value: unknown = JSON.parse(text);
      received.push({
        path: pathname,
        query: searchParams,
        headers: request.headers,
        text,
        body: isRecord(value) ? value : {},
      });
      const [now = says('')] = how;
      if (how.length > 1) how = how.slice(1);
      behaveAs(now, response);
      for (const one of waiting) if (received.length >= one.count) one.then();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  try {
    await run({
      url: `http://127.0.0.1:${port}`,
      received,
      behave: (...next) => {
        how = next;
      },
      whenReceived: (count) =>
        new Promise((resolve) => {
          if (received.length >= count) resolve();
          else waiting.push({ count, then: resolve });
        }),
    });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

function behaveAs(how: Behaviour, response: ServerResponse): void {
  switch (how.kind) {
    case 'answer':
      response.writeHead(how.status ?? 200, { 'content-type': 'application/json', ...how.headers });
      response.end(how.text);
      return;
    case 'reset':
      response.destroy();
      return;
    case 'silent':
      return;
    case 'trickle':
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"errcode":');
      return;
  }
}
