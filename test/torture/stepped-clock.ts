import { isRecord } from '../../lib/values/json';

/*
 * Loaded before the server in a process whose clock a test sets while it runs: `Date` is the
 * machine's time plus an offset, which comes in CLOCK_OFFSET_MS and then by message. Timers use the
 * machine's clock, as they do when an owner sets a machine's clock.
 */
const RealDate = Date;
let offsetMs = Number(process.env['CLOCK_OFFSET_MS'] ?? 0);
const now = (): number => RealDate.now() + offsetMs;

globalThis.Date = new Proxy(RealDate, {
  construct(target, given: unknown[]) {
    const made: unknown = Reflect.construct(target, given.length === 0 ? [now()] : given);
    if (!(made instanceof RealDate)) throw new TypeError('a date is a date');
    return made;
  },
  get: (target, name): unknown => (name === 'now' ? now : Reflect.get(target, name)),
});

// A thread of the server has no channel. The thread that asks it to write passes it the time.
if (process.channel) {
  process.on('message', (message) => {
    offsetMs = isRecord(message) && typeof message['offsetMs'] === 'number' ? message['offsetMs'] : offsetMs;
    process.send?.({ offsetMs });
  });
  process.channel.unref();
}
