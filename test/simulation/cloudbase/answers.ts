import type { Document } from '../../cloudbase/database/documents';
import type { Database } from '../../cloudbase/database/engine';
import { compileQuery } from '../../cloudbase/database/query';
import type { Random } from '../random';
import type { Platform } from './platform';
import type { DatabaseRequest } from './requests';

/** How a request goes. */
export interface Course {
  /** Called after each document that it wrote. */
  readonly look: () => void;
  /** Lets so many ms pass, in which others come in. */
  readonly pause: (ms: number) => Promise<void>;
  readonly random: Random;
}

/** Does what a request asks for. Rejects with `CloudBaseError`. */
export async function answerTo(
  { database, plan }: Pick<Platform, 'database' | 'plan'>,
  request: DatabaseRequest,
  { look, pause, random }: Course,
): Promise<unknown> {
  const { collection } = request;
  switch (request.action) {
    case 'get':
      return database.find(collection, request.query, request.selection);
    case 'count':
      return database.count(collection, request.query);
    case 'aggregate':
      return database.aggregate(collection, request.stages);
    case 'remove': {
      const removed = await database.remove(collection, request.query, true);
      look();
      return removed;
    }
    case 'add': {
      const ids: unknown[] = [];
      for (const document of request.documents) {
        ids.push(...(await database.insert(collection, [document])));
        look();
      }
      return ids;
    }
    case 'update': {
      const modification = { ...request, multi: true, replace: false, upsert: false };
      const named = plan.interleaves ? matching(database, request) : [];
      if (named.length < 2) {
        const { updated } = await database.modify(modification);
        if (updated > 0) look();
        return updated;
      }
      let updated = 0;
      for (const _id of random.chance(0.5) ? [...named].reverse() : named) {
        await pause(random.pick([0, 1, 20]));
        const query: Document = { $and: [{ _id }, request.query] };
        const one = await database.modify({ ...modification, multi: false, query });
        updated += one.updated;
        if (one.updated > 0) look();
      }
      return updated;
    }
  }
}

/** The ids of the documents that an update meets, as they are now. */
function matching(database: Database, { collection, query }: Update): readonly unknown[] {
  const condition = compileQuery(query);
  return database
    .documents(collection)
    .filter((document) => condition.test(document))
    .map(({ _id }) => _id);
}

type Update = Extract<DatabaseRequest, { action: 'update' }>;
