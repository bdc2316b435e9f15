import { readConfig } from '../../lib/config/config';
import { longestWaits } from '../../lib/hosting/longest-waits';
import type { AlarmTarget, DeliveryError, Notice } from '../../lib/ops/watch/notice';
import type { WatchDeps, WatchReport } from '../../lib/ops/watch/watch';
import { watch } from '../../lib/ops/watch/watch';
import type { Store } from '../../lib/store/port';
import type { Instant } from '../../lib/values/instant';
import { PLENTY, rememberedLog } from '../inbox/stage';

/** A target that takes what it is told, or does as it is asked to. */
export interface Listener extends AlarmTarget {
  readonly heard: Notice[];
  /** What it does to the notices to come: each once. */
  failing: (DeliveryError | 'takes')[];
}

/** A target of this name that has been told nothing. */
export function listener(name: string): Listener {
  const heard: Notice[] = [];
  const self: Listener = {
    name,
    heard,
    failing: [],
    async deliver(notice) {
      const how = self.failing.shift() ?? 'takes';
      if (how !== 'takes') throw how;
      heard.push(notice);
    },
  };
  return self;
}

/** What it was told: causes and levels. */
export const told = ({ heard }: Listener) => heard.map(({ cause, level }) => `${cause} ${level}`);

/** A watchdog of a store, and its time. */
export function watchdog(
  store: Store,
  now: () => Instant,
  targets: readonly AlarmTarget[],
  over: object = {},
) {
  const log = rememberedLog();
  const config = readConfig({ merchants: [{ subMchId: '1900000109' }], ...over });
  const deps: WatchDeps = {
    store,
    log,
    targets,
    clock: { now },
    settings: config.watchdog,
    longestWaits: longestWaits(config),
    retryPauseMs: 1,
  };
  const run = (): Promise<WatchReport> => watch(deps, PLENTY);
  return { log, run, deps };
}
