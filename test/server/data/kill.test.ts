import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { KillAt } from '../../torture/kill-rounds';
import { aftermath, killedRound } from '../../torture/kill-rounds';
import { migratedWith, migrationRound } from '../../torture/migration-round';
import { prepareFolder } from '../../torture/real-process';
import { inFolder } from '../running';

/*
 * A few kills of the real process; `npm run torture -- --kills 200` makes many. Chance decides
 * where each strikes, because unexpected places are the point.
 */

const ORDERS = 20;

test(
  'a process that is killed under load, at an ack, at any moment, in a checkpoint, has every acked notification after its restart, applied once and fulfilled once',
  () =>
    inFolder(async (folder) => {
      prepareFolder(folder);
      const aims: readonly KillAt[] = [
        { kind: 'ack', n: 1 + Math.floor(Math.random() * (ORDERS - 1)) },
        { kind: 'time', ms: Math.floor(Math.random() * 300) },
        { kind: 'checkpoint' },
      ];
      const acked: string[] = [];
      for (const [round, at] of aims.entries()) {
        const killed = await killedRound(folder, `round-${round}`, ORDERS, at);
        expect({ at, struck: killed.struck }).toEqual({ at, struck: true });
        acked.push(...killed.acked);
      }
      expect(acked.length).toBeGreaterThan(0);
      expect(await aftermath(folder, acked)).toEqual({
        acked: acked.length,
        missing: [],
        wrong: [],
        pending: 0,
        dead: 0,
        integrity: '[{"integrity_check":"ok"}]',
      });
    }),
  180_000,
);

test(
  'a process that is killed while it brings an old database up to date is followed by one that goes on, and no order is lost',
  () =>
    inFolder(async (folder) => {
      const orders = 20_000;
      for (const ms of [0, Math.floor(Math.random() * 200)]) {
        const old = join(folder, `killed-after-${ms}-${Math.random()}`);
        mkdirSync(old);
        const { after } = await migrationRound(old, orders, ms);
        expect({ ms, after }).toEqual({ ms, after: migratedWith(orders) });
      }
    }),
  180_000,
);
