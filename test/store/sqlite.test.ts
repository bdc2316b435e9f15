import { describeStore } from './conformance';
import { openSqliteHarness } from './sqlite-harness';

describeStore('SQLite', openSqliteHarness);
