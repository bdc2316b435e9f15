import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from '../../lib/store/sqlite/base/connection';
import { migrate } from '../../lib/store/sqlite/base/migrate';
import { StoreError } from '../../lib/store/errors';
import { openSqliteStore } from '../../lib/store/sqlite/open';
import type { MoneyMode } from '../../lib/model/money-mode';
import { inFolder } from '../server/running';
import { order } from './builders';
import { backTo } from './earlier-file';

/* A database remembers whether its money is simulated. */

const open = (file: string, money?: MoneyMode) =>
  openSqliteStore({ file, ...(money === undefined ? {} : { money }) });

test.each([
  ['real', 'simulated', 'holds real money'],
  ['simulated', 'real', 'holds simulated money'],
] as const)('data of %s money is refused for %s money, and stays usable', (first, other, why) =>
  inFolder((folder) => {
    const file = join(folder, 'inbox.db');
    open(file, first).close();
    expect(() => open(file, other)).toThrow(StoreError);
    expect(() => open(file, other)).toThrow(why);
    open(file, first).close();
    return Promise.resolve();
  }),
);

test('a command that does not care opens either, and records nothing', () =>
  inFolder((folder) => {
    const file = join(folder, 'inbox.db');
    open(file).close();
    open(file, 'real').close();
    open(file).close();
    return Promise.resolve();
  }));

test('data from before this was recorded is simulated, if there is any', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'inbox.db');
    const store = open(file);
    await store.orders.create(order(1));
    store.close();
    const connection = connect(file);
    connection.execute(backTo(18));
    migrate(connection);
    connection.close();
    expect(() => open(file, 'real')).toThrow('holds simulated money');
    rmSync(file);
  }));
