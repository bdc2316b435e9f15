import type { IncomingMessage } from 'node:http';
import type { Admission, LaneName } from './admission';

/**
 * Reads a body. While it is still on its way, its request gives its place back to the others and
 * enters again behind them: a few bodies that never end would otherwise take every place, and lock
 * operators or payers out. Rejects with `CrowdedError` when too many wait by then.
 */
export type ReadAside = <Value>(request: IncomingMessage, read: () => Promise<Value>) => Promise<Value>;

/** Too many requests wait for a request to enter again. */
export class CrowdedError extends Error {
  override readonly name = 'CrowdedError';
}

/** The places of the requests that are being answered. */
export interface Places {
  /** Enters, runs and leaves. `crowded` when too many wait. */
  within(request: IncomingMessage, lane: LaneName, run: () => Promise<void>): Promise<'done' | 'crowded'>;
  readonly readAside: ReadAside;
}

/**
 * The most bodies of one lane that are on their way at once; each holds up to 256 KB. A client that
 * means well has sent its body long before so many others begin.
 */
export const MOST_ASIDE = 512;

/**
 * Places of no request.
 *
 * Failure policy: fail closed for the slowest. Where too many bodies of a lane are on their way,
 * the connection of the one that began first is closed, so that many that never end hold neither
 * the memory nor the way of a new one.
 */
export function openPlaces(admission: Pick<Admission, 'enter'>): Places {
  const places = new WeakMap<IncomingMessage, { readonly lane: LaneName; leave: () => void }>();
  const onTheirWay = new Map<LaneName, Set<IncomingMessage>>();

  async function readWhole<Value>(
    lane: LaneName,
    request: IncomingMessage,
    read: () => Promise<Value>,
  ): Promise<Value> {
    const others = onTheirWay.get(lane) ?? new Set();
    onTheirWay.set(lane, others);
    const [slowest] = others;
    if (slowest !== undefined && others.size >= MOST_ASIDE) {
      others.delete(slowest);
      slowest.destroy();
    }
    others.add(request);
    try {
      return await read();
    } finally {
      others.delete(request);
    }
  }

  return {
    async within(request, lane, run) {
      const leave = await admission.enter(lane);
      if (leave === null) return 'crowded';
      const place = { lane, leave };
      places.set(request, place);
      try {
        await run();
      } finally {
        place.leave();
      }
      return 'done';
    },
    async readAside(request, read) {
      const place = places.get(request);
      if (place === undefined || request.complete) return read();
      place.leave();
      place.leave = left;
      const value = await readWhole(place.lane, request, read);
      const leave = await admission.enter(place.lane);
      if (leave === null) throw new CrowdedError('too many requests wait');
      place.leave = leave;
      return value;
    },
  };
}

/** The request has no place to leave. */
function left(): void {}
