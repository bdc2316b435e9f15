import { join } from 'node:path';
import { builtConsole } from './operators/built-console';
import { runServer } from './run';

/*
 * `node dist/server/main.js`: the same server from plain JavaScript. Its money is real unless
 * config.json says otherwise. Nothing in its environment can name another WeChat Pay.
 */
runServer({ moneyByDefault: 'real', console: builtConsole(join(__dirname, 'console')) });
