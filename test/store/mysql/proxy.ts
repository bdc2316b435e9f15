import type { Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import type { MysqlServer } from './server';

/** A network between a store and its server that fails on command. */
export interface MysqlProxy {
  /** The address of a database through this proxy. */
  readonly url: (database: string) => string;
  /**
   * Cuts the next connection that sends this statement: before the server gets it, or after the
   * server has answered it and before the answer arrives.
   */
  readonly cut: (when: 'before' | 'after', statement: string) => void;
  /**
   * From now on nothing passes, and no connection is closed: the half-open state of a dead link.
   */
  readonly freeze: () => void;
  /** Everything passes again, and nothing is cut that was to be. */
  readonly thaw: () => void;
  /** From now on connections go to another server, and those that are open end. */
  readonly leadTo: (other: MysqlServer) => void;
  readonly close: () => Promise<void>;
}

/** Starts a proxy in front of a server; `name` is its own among several. */
export async function startMysqlProxy(server: MysqlServer, name = 'proxy.sock'): Promise<MysqlProxy> {
  const socketPath = join(server.folder, name);
  const open = new Set<Socket>();
  let cut: { readonly when: 'before' | 'after'; readonly statement: string } | null = null;
  let isFrozen = false;
  let upstreamPath = server.socketPath;

  const proxy = createServer((client) => {
    const upstream = connect(upstreamPath);
    let cutsAnswer = false;
    const end = (): void => {
      for (const one of [client, upstream]) {
        open.delete(one);
        one.destroy();
      }
    };
    for (const one of [client, upstream]) {
      open.add(one);
      one.on('error', end);
      one.on('close', end);
    }
    client.on('data', (chunk: Buffer) => {
      if (isFrozen) return;
      if (cut !== null && chunk.includes(cut.statement)) {
        const { when } = cut;
        cut = null;
        if (when === 'before') {
          end();
          return;
        }
        cutsAnswer = true;
      }
      upstream.write(chunk);
    });
    upstream.on('data', (chunk: Buffer) => {
      if (isFrozen) return;
      if (cutsAnswer) end();
      else client.write(chunk);
    });
  });
  await new Promise<void>((resolve) => {
    proxy.listen(socketPath, resolve);
  });
  return {
    url: (database) => `mysql://root@localhost/${database}?socket=${encodeURIComponent(socketPath)}`,
    cut: (when, statement) => {
      cut = { when, statement };
    },
    freeze: () => {
      isFrozen = true;
    },
    thaw: () => {
      cut = null;
      isFrozen = false;
    },
    leadTo: (other) => {
      upstreamPath = other.socketPath;
      for (const one of open) one.destroy();
    },
    close: () =>
      new Promise((resolve) => {
        for (const one of open) one.destroy();
        proxy.close(() => resolve());
      }),
  };
}
