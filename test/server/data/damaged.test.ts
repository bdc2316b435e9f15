import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { examinePages } from '../../../lib/doctor/sqlite';
import { message } from '../../store/builders';
import { damage } from './damage';
import { inFolder, onServer } from '../running';

/* What operators learn about a database whose pages are damaged. */

/** A text that contains this. */
const containing = (text: string): unknown => expect.stringContaining(text);

test('the doctor reads every page and names a damaged one; a list says that the file is damaged, and not that its page mark is wrong', () =>
  inFolder(async (folder) => {
    const dataDir = join(folder, 'data');
    await onServer(dataDir, async (server) => {
      for (let n = 0; n < 3; n += 1) await server.system.store.inbox.record(message(n));
      const { body } = await server.send('POST', '/ops/api/doctor', {});
      expect(JSON.stringify(body)).toContain('every page can be read and is sound');
      const wrongMark = await server.send('POST', '/ops/api/list_messages', { state: 'dead', after: 'none' });
      expect(wrongMark.body).toMatchObject({
        code: 'BAD_INPUT',
        message: containing('page mark'),
      });
    });
    const file = join(dataDir, 'inbox.db');
    copyFileSync(file, join(folder, 'sound.db'));
    damage(file, 'orders_created');
    expect(await examinePages(join(folder, 'sound.db'))).toMatchObject({ check: 'database', level: 'ok' });
    expect(await examinePages(file)).toMatchObject({
      check: 'database',
      level: 'error',
      what: containing('damaged'),
      fix: containing('docs/backup.md'),
    });
    await onServer(dataDir, async (server) => {
      const { body } = await server.send('POST', '/ops/api/list_orders', {});
      expect(body).toMatchObject({ ok: false, code: 'DAMAGED', message: containing('damaged') });
    });
  }));
