import type { Caller } from '../../../lib/model/caller';
import type { FunctionName, World } from './world';

/**
 * Calls a function on one of the running machines, over a wire. Returns null without an answer in
 * time: no machine is up, or it died or failed meanwhile.
 */
export type CallFunction = (name: FunctionName, event: unknown, caller: Caller) => Promise<unknown>;

/** A promise's reaction is no place to throw. */
function checkAck({ watch, scheduler }: World, event: unknown, source: string): void {
  try {
    watch.acked(event, source);
  } catch (error) {
    scheduler.fail(error);
  }
}

const GIVES_UP_MS = 20_000;

/** Calls functions in this world. */
export function functionCalls(world: World): CallFunction {
  const { scheduler, random, machines } = world;
  return (name, event, caller) =>
    new Promise((resolve) => {
      const giveUp = scheduler.after(GIVES_UP_MS, null, () => {
        resolve(null);
      });
      const answer = (value: unknown): void => {
        scheduler.after(random.int(1, 50), null, () => {
          giveUp();
          resolve(value);
        });
      };
      scheduler.after(random.int(1, 50), null, () => {
        const machine = random.any(machines.filter((one) => one !== null));
        if (machine === undefined) {
          answer(null);
          return;
        }
        scheduler.after(0, machine.group, () => {
          world.note(
            () => `${machine.group.name} ← ${name} ${JSON.stringify(event)} from "${caller.source}"`,
          );
          machine.functions[name](event, caller).then(
            (value) => {
              world.note(() => `${machine.group.name} → ${name} ${JSON.stringify(value)}`);
              if (name === 'payCallback' || name === 'refundCallback') {
                if ('errcode' in value && value.errcode === 0) checkAck(world, event, caller.source);
              }
              answer(value);
            },
            () => {
              answer(null);
            },
          );
        });
      });
    });
}
