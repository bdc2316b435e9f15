import type { CallOrigin } from './function-environment';
import {
  FunctionFailure,
  startFunction,
  type FunctionInstance,
  type FunctionOptions,
} from './function-runner';

/** As many instances of one function as its concurrent events need, as the platform scales them. */
export interface FunctionPool {
  /**
   * Runs one event on an idle instance, or on a new one. Otherwise like `FunctionInstance.invoke`.
   */
  invoke(event: unknown, origin: CallOrigin): Promise<unknown>;
  /** The instances that are alive, oldest first. */
  instances(): readonly FunctionInstance[];
  /** How many instances were ever started: each was a cold start. */
  started(): number;
  /** Ends every instance, also those still starting. */
  stop(): Promise<void>;
}

/**
 * Creates an empty pool. At most `maxInstances` (default 8) run concurrently; further events wait.
 */
export function createFunctionPool(
  options: FunctionOptions & { readonly maxInstances?: number },
): FunctionPool {
  const maxInstances = options.maxInstances ?? 8;
  const instances = new Set<FunctionInstance>();
  const taken = new Set<FunctionInstance>();
  const starting = new Set<Promise<FunctionInstance>>();
  const waiting: (() => void)[] = [];
  let started = 0;
  let stopped = false;

  async function take(): Promise<FunctionInstance> {
    for (;;) {
      if (stopped) throw new FunctionFailure('FUNCTION_GONE', `the pool of ${options.name} was stopped`);
      for (const instance of instances) if (instance.state() === 'gone') instances.delete(instance);
      const idle = [...instances].find((instance) => !taken.has(instance));
      if (idle) {
        taken.add(idle);
        return idle;
      }
      if (instances.size + starting.size < maxInstances) return startOne();
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  }

  async function startOne(): Promise<FunctionInstance> {
    started += 1;
    const start = startFunction(options);
    starting.add(start);
    try {
      const instance = await start;
      instances.add(instance);
      taken.add(instance);
      return instance;
    } catch (error) {
      // The slot is free for the next waiting event.
      waiting.shift()?.();
      throw error;
    } finally {
      starting.delete(start);
    }
  }

  return {
    async invoke(event, origin) {
      const instance = await take();
      try {
        return await instance.invoke(event, origin);
      } finally {
        taken.delete(instance);
        waiting.shift()?.();
      }
    },
    instances: () => [...instances].filter((instance) => instance.state() !== 'gone'),
    started: () => started,
    async stop() {
      stopped = true;
      for (const wake of waiting.splice(0)) wake();
      await Promise.allSettled([...starting]);
      await Promise.all([...instances].map((instance) => instance.stop()));
      instances.clear();
    },
  };
}
