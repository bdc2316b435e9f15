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

/** Places of no request. */
export function openPlaces(admission: Pick<Admission, 'enter'>): Places {
  const places = new WeakMap<IncomingMessage, { readonly lane: LaneName; leave: () => void }>();

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
      const value = await read();
      const leave = await admission.enter(place.lane);
      if (leave === null) throw new CrowdedError('too many requests wait');
      place.leave = leave;
      return value;
    },
  };
}

/** The request has no place to leave. */
function left(): void {}
