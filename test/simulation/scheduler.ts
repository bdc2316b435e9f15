import type { Instant } from '../../lib/values/instant';
import { instant } from '../../lib/values/instant';
import type { Random } from './random';

/**
 * What lives and dies together. Tasks of a dead group never run, so whatever awaits them never
 * continues; those of a frozen group run when it thaws.
 */
export interface Group {
  readonly name: string;
  alive: boolean;
  frozenUntil: number;
}

/** Virtual time, and everything that waits for it. */
export interface Scheduler {
  now(): Instant;
  /** The group whose task is running; null for the world's own. */
  readonly current: Group | null;
  /** From here to its end the running task goes on as this group's. */
  become(group: Group): void;
  /** Ends the run with this error once the running task has come to rest. */
  fail(error: unknown): void;
  /** Runs `run` at this time or, when its group is frozen then, later. The answer takes it back. */
  at(when: number, group: Group | null, run: () => void): () => void;
  after(ms: number, group: Group | null, run: () => void): () => void;
  /** When the next task is due; null when none is. */
  nextAt(): number | null;
  /**
   * Runs waiting tasks one after the other until `until`, each after everything the previous one
   * started has settled. `before` is called before time advances, and may add tasks. Rejects with a
   * task's error.
   */
  run(until: number, before: (next: number | null) => void): Promise<void>;
  /** How many tasks have run. */
  readonly steps: number;
}

interface Task {
  at: number;
  /** Drawn by lot: which of several that are due at once comes first. */
  readonly tie: number;
  readonly group: Group | null;
  readonly run: () => void;
  cancelled: boolean;
}

/** A history of more steps than this has no end. */
export const MOST_STEPS = 60_000;

/** An empty scheduler. */
export function createScheduler(start: number, random: Random): Scheduler {
  const heap: Task[] = [];
  const failures: unknown[] = [];
  let now = start;
  let steps = 0;
  let current: Group | null = null;

  const comesFirst = (one: Task, other: Task): boolean =>
    one.at < other.at || (one.at === other.at && one.tie < other.tie);

  function push(task: Task): void {
    let at = heap.length;
    heap.push(task);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !comesFirst(task, parent)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = task;
  }

  function pop(): Task | undefined {
    const [first] = heap;
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const one = heap[left];
      const other = heap[left + 1];
      if (one === undefined) break;
      const [below, child] = other !== undefined && comesFirst(other, one) ? [left + 1, other] : [left, one];
      if (!comesFirst(child, last)) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = last;
    return first;
  }

  function dropDead(): Task | undefined {
    for (let first = heap[0]; first !== undefined; first = heap[0]) {
      if (!first.cancelled && first.group?.alive !== false) return first;
      pop();
    }
    return undefined;
  }

  const scheduler: Scheduler = {
    now: () => instant(now),
    get current() {
      return current;
    },
    fail(error) {
      failures.push(error);
    },
    become(group) {
      current = group;
    },
    at(when, group, run) {
      const task: Task = {
        at: Math.max(now, Math.ceil(when)),
        tie: random.next(),
        group,
        run,
        cancelled: false,
      };
      push(task);
      return () => {
        task.cancelled = true;
      };
    },
    after: (ms, group, run) => scheduler.at(now + ms, group, run),
    nextAt: () => dropDead()?.at ?? null,
    async run(until, before) {
      for (;;) {
        const next = scheduler.nextAt();
        if (next === null || next > now) before(next);
        const task = dropDead();
        if (task === undefined || task.at > until) break;
        pop();
        now = task.at;
        if (task.group !== null && task.group.frozenUntil > now) {
          task.at = task.group.frozenUntil;
          push(task);
          continue;
        }
        steps += 1;
        if (steps > MOST_STEPS) throw new Error('this history has no end');
        current = task.group;
        task.run();
        await atRest();
        current = null;
        if (failures.length > 0) throw failures[0];
      }
      now = Math.max(now, until);
    },
    get steps() {
      return steps;
    },
  };
  return scheduler;
}

/** Resolves once every promise that can go on has gone on. */
function atRest(): Promise<void> {
  return new Promise((resolve) => {
    // A tick comes after the last of the microtasks, those that they set going included.
    queueMicrotask(() => {
      process.nextTick(resolve);
    });
  });
}
