import { LANES, openAdmission, PATIENCE_MS } from '../../../server/door/admission';
import { HEARTBEAT_MS, watchArrivals } from '../../../server/door/arrivals';
import { openSignIns } from '../../../server/operators/sign-ins';
import { START } from '../../store/builders';
import { later } from '../../../lib/values/instant';
import { playedLoop } from '../played-loop';

/* What the server makes of the event loop's turns, with an event loop of the case's own. */

describe('when a request came', () => {
  const loop = playedLoop();
  const arrivals = watchArrivals({ now: loop.now, afterThisTurn: loop.nextTurn });

  it('is now, on an event loop that is free', async () => {
    loop.pass(HEARTBEAT_MS);
    arrivals.beat();
    loop.pass(10);
    const came = arrivals.arrival();
    loop.pass(7);
    expect(arrivals.waitedMs(came)).toBe(7);
    await loop.endTurn();
  });

  it('is the beginning of the turn for all that the turn read', async () => {
    const first = arrivals.arrival();
    loop.pass(40);
    expect(arrivals.arrival()).toBe(first);
    await loop.endTurn();
    expect(arrivals.arrival()).toBe(first + 40);
    await loop.endTurn();
  });

  it('is before the stall for what was read after it, and now again in the next turn', async () => {
    arrivals.beat();
    loop.pass(3_000);
    arrivals.beat();
    expect(arrivals.waitedMs(arrivals.arrival())).toBe(3_000);
    await loop.endTurn();
    expect(arrivals.waitedMs(arrivals.arrival())).toBe(0);
    await loop.endTurn();
  });
});

describe('what is no notification', () => {
  const begun = (name: string, list: string[]) => (leave: (() => void) | null) => {
    list.push(leave === null ? `${name} refused` : name);
    return leave;
  };

  it('begins one in each turn, in order', async () => {
    const loop = playedLoop();
    const admission = openAdmission(loop);
    const list: string[] = [];
    for (const name of ['a', 'b', 'c']) void admission.enter('operator').then(begun(name, list));
    await loop.endTurn();
    expect(list).toEqual(['a']);
    await loop.endTurn();
    expect(list).toEqual(['a', 'b']);
    await loop.endTurn();
    expect(list).toEqual(['a', 'b', 'c']);
  });

  it('waits while a notification is being answered, but not without end', async () => {
    const loop = playedLoop();
    const admission = openAdmission(loop);
    const list: string[] = [];
    const answered = admission.notification();
    void admission.enter('operator').then(begun('a', list));
    await loop.endTurn();
    expect(list).toEqual([]);
    answered();
    await loop.endTurn();
    expect(list).toEqual(['a']);

    admission.notification();
    void admission.enter('payer').then(begun('b', list));
    await loop.endTurn();
    loop.pass(PATIENCE_MS - 1);
    await loop.endTurn();
    expect(list).toEqual(['a']);
    loop.pass(1);
    await loop.endTurn();
    expect(list).toEqual(['a', 'b']);
  });

  it('of operators is bounded, in what runs and in what waits, and holds up no payer', async () => {
    const loop = playedLoop();
    const admission = openAdmission(loop);
    const list: string[] = [];
    const { running, waiting } = LANES.operator;
    const entered = Array.from({ length: running + waiting }, () => admission.enter('operator'));
    for (const each of entered.slice(0, waiting)) void each.then(begun('operator', list));
    for (let turn = 0; turn < waiting; turn += 1) await loop.endTurn();
    expect(list.filter((one) => one === 'operator')).toHaveLength(running);
    void admission.enter('payer').then(begun('payer', list));
    await loop.endTurn();
    expect(list.at(-1)).toBe('payer');
    expect(await entered.at(-1)).toBeNull();
    const leave = await entered[0];
    leave?.();
    await loop.endTurn();
    expect(list.filter((one) => one === 'operator')).toHaveLength(running + 1);
  });
});

describe('who shows wrong tokens', () => {
  it('pauses longer each time, up to a minute, and begins anew after a quarter of an hour', () => {
    let now = START;
    const signIns = openSignIns({ now: () => now });
    const pauses = Array.from({ length: 14 }, () => {
      signIns.failed('10.0.0.1');
      return signIns.pauseSeconds('10.0.0.1');
    });
    expect(pauses).toEqual([0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]);
    expect(signIns.pauseSeconds('10.0.0.2')).toBe(0);
    now = later(now, 60_000);
    expect(signIns.pauseSeconds('10.0.0.1')).toBe(0);
    now = later(now, 15 * 60_000);
    signIns.failed('10.0.0.1');
    expect(signIns.pauseSeconds('10.0.0.1')).toBe(0);
  });

  it('is not locked out by a clock that is set back', () => {
    let now = START;
    const signIns = openSignIns({ now: () => now });
    for (let n = 0; n < 5; n += 1) signIns.failed('10.0.0.1');
    now = later(now, -3_600_000);
    expect(signIns.pauseSeconds('10.0.0.1')).toBe(1);
  });

  it('cannot fill the memory, nor come from another address of the same network of IPv6', () => {
    const signIns = openSignIns({ now: () => START });
    for (let n = 0; n < 5; n += 1) signIns.failed(`2001:db8:1:2::${n}`);
    expect(signIns.pauseSeconds('2001:db8:1:2:ffff::1')).toBe(1);
    for (let n = 0; n < 5_000; n += 1) signIns.failed(`10.0.${n >> 8}.${n & 255}`);
    expect(signIns.pauseSeconds('2001:db8:1:2:ffff::1')).toBe(0);
  });
});
