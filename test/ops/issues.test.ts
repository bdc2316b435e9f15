import type { Person } from '../../lib/model/operators/principal';
import { LONGEST_MUTE_MS } from '../../lib/model/operators/issue';
import { later } from '../../lib/values/instant';
import { onStage } from '../inbox/stage';
import { START } from '../store/builders';
import { alarm } from '../store/operations-builders';
import { LI, operateOn } from './operating';

test('an operator takes an issue and mutes it, for this time and until then', () =>
  onStage(async ({ store }) => {
    const time = { now: later(START, 1_000) };
    const { ask } = operateOn(store, () => time.now);
    const fired = { ...alarm('dead_letters'), since: START, level: 90 } as const;
    await store.alarms.save({ ...fired, version: 1 });
    const until = later(time.now, 3_600_000);
    const mute = { cause: 'dead_letters', step: 'mute', reason: 'the supplier knows', until };
    expect(await ask('handle_issue', { cause: 'dead_letters', step: 'take' })).toMatchObject({
      issues: [{ cause: 'dead_letters', owner: { who: 'li' }, mute: null }],
    });
    expect(await ask('handle_issue', mute)).toMatchObject({
      issues: [{ owner: { who: 'li' }, mute: { who: 'li', until, level: 90 } }],
    });
    for (const wrong of [
      { reason: undefined },
      { until: time.now },
      { until: later(time.now, LONGEST_MUTE_MS + 1) },
    ])
      expect(await ask('handle_issue', { ...mute, ...wrong })).toMatchObject({ code: 'BAD_INPUT' });
    const reader: Person = { name: 'mei', role: 'read' };
    expect(await ask('handle_issue', mute, reader)).toMatchObject({ code: 'READ_ONLY' });
    const recorded = await store.audit.list({ subject: 'dead_letters', after: null, limit: 9 });
    expect(recorded.items.map(({ action }) => action)).toContain('mute_issue');

    time.now = until;
    expect(await ask('overview')).toMatchObject({ issues: [{ owner: { who: 'li' }, mute: null }] });
    // It is over and fires again: that is another issue, which nobody has taken.
    await store.alarms.save({ ...fired, since: until, version: 2 });
    expect(await ask('overview')).toMatchObject({ issues: [] });
    expect(await ask('handle_issue', { cause: 'dead_letters', step: 'unmute' }, LI)).toMatchObject({
      issues: [],
    });
  }));
