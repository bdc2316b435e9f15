/** A clock and an event loop whose turns the case ends. */
export function playedLoop() {
  let now = 1_000;
  let turns: (() => void)[] = [];
  let timers: { readonly at: number; readonly then: () => void }[] = [];
  return {
    now: () => now,
    nextTurn: (then: () => void) => void turns.push(then),
    after: (ms: number, then: () => void) => void timers.push({ at: now + ms, then }),
    pass(ms: number) {
      now += ms;
      const due = timers.filter(({ at }) => at <= now);
      timers = timers.filter(({ at }) => at > now);
      for (const { then } of due) then();
    },
    async endTurn() {
      const ending = turns;
      turns = [];
      for (const then of ending) then();
      await Promise.resolve();
    },
  };
}
