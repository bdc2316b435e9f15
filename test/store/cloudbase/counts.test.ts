import { DISCREPANCY_CLASSES } from '../../../lib/model/discrepancy';
import { discrepancy, NEXT_DAY, recordRange } from '../builders';
import { onCloudBase, requestsOf } from './harness';

it(
  'requests are more for the backlog and for open discrepancies by class once one result cannot hold them',
  onCloudBase(async (harness) => {
    const { store, now } = harness;
    await recordRange(store, 0, 999);
    await store.discrepancies.see(Array.from({ length: 999 }, (_, n) => discrepancy(n, now())));
    const look = async () => ({
      backlog: await store.inbox.backlog(now()),
      open: await store.discrepancies.countOpenByClass(NEXT_DAY),
    });
    const classOf = discrepancy(0, now()).class;
    expect(await requestsOf(harness, look)).toBe(2);
    expect(await requestsOf(harness, () => store.inbox.paymentsHeard(now(), NEXT_DAY))).toBe(2);
    expect(await look()).toMatchObject({ backlog: { pending: 999 }, open: { [classOf]: 999 } });
    await recordRange(store, 999, 1_000);
    await store.discrepancies.see([discrepancy(999, now())]);
    expect(await requestsOf(harness, look)).toBe(1 + 6 + 1 + DISCREPANCY_CLASSES.length);
    expect(await look()).toMatchObject({ backlog: { pending: 1_000 }, open: { [classOf]: 1_000 } });
  }),
);
