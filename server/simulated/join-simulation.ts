import { realpathSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';
import type { SharedState } from '../../lib/runtime/shared-state';
import type { Timers } from '../../lib/runtime/timers';
import { StoreError } from '../../lib/store/errors';
import { takeFolder } from '../../lib/store/sqlite/base/owner';
import type { Clock } from '../../lib/values/instant';
import { later } from '../../lib/values/instant';
import type { RelayAddress } from './far-simulator';
import { newRelaySecret } from './far-simulator';
import type { Journal } from '../../simulator/journal';
import { fileJournal } from '../../simulator/journal';
import { inPlainWords, makeDataFolder } from '../data/data-folder';

/** Where servers of one database find the WeChat Pay they simulate. */
const KEY = 'simulated_wechat_pay';

/** Longer than any trial, in ms: the entry names a folder that holds the simulator's memory. */
const KEPT_MS = 10 * 365 * 86_400_000;

/** How long an address is reused, in ms: after a restart the others find the new one by then. */
const ADDRESS_KEPT_MS = 2_000;

/** How often, and how long apart in ms, a server looks for the one that starts beside it. */
const [LOOKS, PAUSE_MS] = [60, 250];

const entrySchema = z.object({
  home: z.string(),
  /** Null until the server that plays it listens. */
  at: z.object({ url: z.string(), secret: z.string() }).nullable().default(null),
});

/**
 * Who plays WeChat Pay while money is simulated: this process, which keeps its memory in `journal`,
 * or another server of this machine. Its keys are in a folder that all of them read.
 */
export type Simulation =
  | {
      readonly kind: 'here';
      readonly journal: Journal;
      readonly keysFolder: string;
      /** What other servers show to call it. */
      readonly secret: string;
      /** Tells the other servers the address of this one, and the secret. */
      readonly announce: (url: string) => Promise<void>;
    }
  | {
      readonly kind: 'elsewhere';
      readonly keysFolder: string;
      /** Where the server is that plays it; null while it is not known. */
      readonly addressOf: () => Promise<RelayAddress | null>;
    };

/** What joining needs. */
export interface JoinParts {
  readonly shared: SharedState;
  readonly dataDir: string;
  readonly clock: Clock;
  readonly timers: Timers;
}

/** A part in the simulation, to be let go of at the end. */
export interface Joined {
  readonly simulation: Simulation;
  readonly release: () => void;
}

/**
 * Takes part in simulating WeChat Pay for several servers on one database. Its memory is a file, so
 * one process plays it: the first on this data folder, whose lock ends with it. The others call it
 * at the address it announces, and all of them use the one folder.
 *
 * Failure policy: fail closed. Rejects with `StoreError` `misconfigured` when this database's
 * WeChat Pay lives in another folder: a second one would know none of its orders. Rejects with
 * `unavailable` when the server that plays it never announces its address.
 */
export async function joinSimulation(parts: JoinParts): Promise<Joined> {
  const { shared, dataDir, clock, timers } = parts;
  const names = makeDataFolder(dataDir);
  const home = `${hostname()}:${realpathSync(dataDir)}`;
  const keysFolder = names.simulatedKeys;
  await claimHome(parts, home);
  const owner = takeFolder(dataDir);
  if (owner === null) {
    const addressOf = addressIn(parts);
    for (let look = 0; look < LOOKS; look += 1) {
      if ((await addressOf()) !== null) {
        return { simulation: { kind: 'elsewhere', keysFolder, addressOf }, release: () => undefined };
      }
      await new Promise<void>((resolve) => {
        timers.after(PAUSE_MS, resolve);
      });
    }
    throw new StoreError(
      'unavailable',
      `the server that uses ${dataDir} has not started: start this one again`,
    );
  }
  try {
    const journal = inPlainWords(names.journal, () => fileJournal(names.journal));
    const secret = newRelaySecret();
    return {
      simulation: {
        kind: 'here',
        journal,
        keysFolder,
        secret,
        announce: async (listening) => {
          const url = listening.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
          await put(shared, clock, { home, at: { url, secret } });
        },
      },
      release: () => {
        journal.close();
        owner.release();
      },
    };
  } catch (error) {
    owner.release();
    throw error;
  }
}

async function claimHome({ shared, clock }: JoinParts, home: string): Promise<void> {
  const now = clock.now();
  const found = await shared.read(KEY, now);
  if (found === null) {
    const claim = { key: KEY, version: null, value: { home, at: null }, now };
    if (await shared.write({ ...claim, expiresAt: later(now, KEPT_MS) })) return;
  }
  const theirs = entryIn((found ?? (await shared.read(KEY, now)))?.value)?.home;
  if (theirs === home) return;
  throw new StoreError(
    'misconfigured',
    `the simulated WeChat Pay of this database lives in ${theirs ?? 'another folder'}: set DATA_DIR to that folder ` +
      'on that machine, or take another database',
  );
}

async function put(
  shared: SharedState,
  clock: Clock,
  value: { home: string; at: { url: string; secret: string } },
): Promise<void> {
  const now = clock.now();
  // Only the owner of the folder writes after the first time, so a lost race is its own repeat.
  const found = await shared.read(KEY, now);
  const version = found?.version ?? null;
  await shared.write({ key: KEY, version, value, now, expiresAt: later(now, KEPT_MS) });
}

function addressIn({ shared, clock }: JoinParts): () => Promise<RelayAddress | null> {
  let last: { readonly readAt: number; readonly address: RelayAddress } | null = null;
  return async () => {
    const now = clock.now();
    if (last !== null && now >= last.readAt && now - last.readAt < ADDRESS_KEPT_MS) return last.address;
    const address = entryIn((await shared.read(KEY, now))?.value)?.at ?? null;
    last = address === null ? null : { readAt: now, address };
    return address;
  };
}

function entryIn(value: unknown): z.infer<typeof entrySchema> | null {
  const read = entrySchema.safeParse(value);
  return read.success ? read.data : null;
}
