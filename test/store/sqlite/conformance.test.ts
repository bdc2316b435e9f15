import { describeStore } from '../conformance';
import { openSqliteHarness } from './harness';

describeStore('SQLite', openSqliteHarness);
