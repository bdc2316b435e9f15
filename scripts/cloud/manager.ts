import CloudBase from '@cloudbase/manager-node';
import { z } from 'zod';
import type { IndexSpec } from '../../lib/store/cloudbase/schema-spec';
import { ACCESS_RULE, SCHEMA } from '../../lib/store/cloudbase/schema';
import { errorText } from '../../lib/runtime/error-text';
import { isRecord, parseJson } from '../../lib/values/json';
import type { Found, FoundCollection, FoundFunction, FoundIndex, FoundTimer } from './found';
import type { Step } from './plan';

/*
 * The management API of CloudBase through its own SDK. What the SDK offers is used where it reports
 * failures; `checkCollectionExists` and `createCollectionIfNotExists` take every failure for "does
 * not exist" and are not.
 */

/** A request that the platform refused, in one sentence: the action, its code, its own words. */
export class ManagerError extends Error {
  override readonly name = 'ManagerError';
}

/** Who asks, and about which environment. */
export interface Access {
  readonly envId: string;
  readonly secretId: string;
  readonly secretKey: string;
  /** Only with temporary keys. */
  readonly sessionToken: string | undefined;
  /** WeChat's environments are in ap-shanghai. */
  readonly region: string;
  /** An HTTP proxy for all requests. */
  readonly proxy: string | undefined;
}

/** An environment that can be looked at and changed. */
export interface Manager {
  /** Reads everything that is compared. Throws `ManagerError`. */
  look(functions: readonly string[]): Promise<Found>;
  /** Reads these functions alone: keys that may read nothing else are enough. Throws as `look`. */
  functions(names: readonly string[]): Promise<Found['functions']>;
  /** Makes one change, or several new indexes of one collection. Throws `ManagerError`. */
  apply(steps: readonly Step[]): Promise<void>;
}

/** Collections per page; the platform allows up to 1,000 of them in an environment. */
const PAGE = 100;
const MOST_PAGES = 20;

const page = z.looseObject({
  Collections: z.array(z.looseObject({ CollectionName: z.string() })),
});
const table = z.looseObject({
  Indexes: z
    .array(
      z.looseObject({
        Name: z.string(),
        Unique: z.boolean().nullish(),
        Keys: z
          .array(z.looseObject({ Name: z.string().nullish(), Direction: z.string().nullish() }))
          .nullish(),
      }),
    )
    .nullish(),
});
const acl = z.looseObject({ AclTag: z.string().nullish() });
const rules = z.looseObject({ Rule: z.string().nullish() });
const named = z.array(z.looseObject({ FunctionName: z.string() }));
const detail = z.looseObject({
  Runtime: z.string().nullish(),
  Timeout: z.number(),
  MemorySize: z.number(),
  CodeInfo: z.string().nullish(),
  Triggers: z
    .array(
      z.looseObject({
        Type: z.string(),
        TriggerName: z.string(),
        TriggerDesc: z.string(),
        Enable: z.union([z.number(), z.boolean()]).nullish(),
      }),
    )
    .nullish(),
});

/** Opens the management API of an environment. Asks nothing yet. */
export function openManager(access: Access): Manager {
  const { envId, secretId, secretKey, sessionToken, region, proxy } = access;
  const app = new CloudBase({
    ...{ envId, secretId, secretKey, region },
    ...(sessionToken === undefined ? {} : { token: sessionToken }),
    ...(proxy === undefined ? {} : { proxy }),
  });
  const tcb = (Action: string, Param: object): Promise<unknown> =>
    app.commonService('tcb', '2018-06-08').call({ Action, Param: { EnvId: envId, ...Param } });

  const names = async (): Promise<ReadonlySet<string>> => {
    const found = new Set<string>();
    for (let n = 0; n < MOST_PAGES; n += 1) {
      const request = app.database.listCollections({ MgoLimit: PAGE, MgoOffset: n * PAGE });
      const { Collections } = await answered('ListTables', page, request);
      for (const { CollectionName } of Collections) found.add(CollectionName);
      if (Collections.length < PAGE) break;
    }
    return found;
  };
  const collection = async (name: string): Promise<FoundCollection> => {
    const described = await answered('DescribeTable', table, app.database.describeCollection(name));
    const about = tcb('DescribeDatabaseACL', { CollectionName: name });
    const access = await answered('DescribeDatabaseACL', acl, about);
    return { indexes: (described.Indexes ?? []).map(indexOf), access: access.AclTag ?? null };
  };
  const collections = async () => {
    const there = await names();
    const ours = Object.keys(SCHEMA).filter((name) => there.has(name));
    const found = new Map<string, FoundCollection>();
    for (const name of ours) found.set(name, await collection(name));
    return found;
  };
  const functionRules = async (): Promise<Found['functionRules']> => {
    const about = tcb('DescribeSecurityRule', { ResourceType: 'FUNCTION' });
    const { Rule } = await answered('DescribeSecurityRule', rules, about);
    if (typeof Rule !== 'string' || Rule.trim() === '') return null;
    const parsed = parseJson(Rule);
    return isRecord(parsed) ? parsed : 'unreadable';
  };
  const functions: Manager['functions'] = async (wanted) => {
    const listed = await answered('ListFunctions', named, app.functions.listAllFunctions({ envId }));
    const there = new Set(listed.map(({ FunctionName }) => FunctionName));
    const found = new Map<string, FoundFunction>();
    for (const name of wanted.filter((one) => there.has(one))) {
      const about = app.functions.getFunctionDetail(name);
      found.set(name, functionOf(await answered('GetFunction', detail, about)));
    }
    return found;
  };

  return {
    functions,
    async look(wanted) {
      return {
        collections: await collections(),
        functionRules: await functionRules(),
        storageAccess:
          (await asked('DescribeStorageSafeRule', app.storage.getStorageAcl()).catch(() => null)) ?? null,
        functions: await functions(wanted),
      };
    },
    async apply(steps) {
      const [first] = steps;
      if (first === undefined) return;
      switch (first.kind) {
        case 'create_collection':
          await asked('CreateTable', app.database.createCollection(first.collection));
          return;
        case 'set_access': {
          const Param = { CollectionName: first.collection, AclTag: ACCESS_RULE };
          await asked('ModifyDatabaseACL', tcb('ModifyDatabaseACL', Param));
          return;
        }
        case 'create_index': {
          const indexes = steps.flatMap((step) => (step.kind === 'create_index' ? [step.index] : []));
          await asked('UpdateTable', updateIndexes(first.collection, indexes, []));
          return;
        }
        case 'replace_index':
          await asked('UpdateTable', updateIndexes(first.collection, [], [first.index]));
          await asked('UpdateTable', updateIndexes(first.collection, [first.index], []));
          return;
        case 'set_function_rules': {
          const Rule = JSON.stringify(first.rules);
          const Param = { ResourceType: 'FUNCTION', AclTag: 'CUSTOM', Rule };
          await asked('ModifySecurityRule', tcb('ModifySecurityRule', Param));
          return;
        }
        case 'set_limits': {
          // Nothing else is named: environment variables that are not stay as they are.
          const { name, timeoutSeconds, memoryMb } = first;
          const limits = { name, timeout: timeoutSeconds, memorySize: memoryMb };
          await asked('UpdateFunctionConfiguration', app.functions.updateFunctionConfig(limits));
          return;
        }
      }
    },
  };

  function updateIndexes(name: string, create: readonly IndexSpec[], drop: readonly IndexSpec[]) {
    return app.database.updateCollection(name, {
      ...(create.length === 0 ? {} : { CreateIndexes: create.map(writtenIndex) }),
      ...(drop.length === 0 ? {} : { DropIndexes: drop.map((index) => ({ IndexName: index.name })) }),
    });
  }
}

async function asked<Answer>(action: string, request: Promise<Answer>): Promise<Answer> {
  try {
    return await request;
  } catch (error) {
    const code = isRecord(error) && typeof error['code'] === 'string' ? `${error['code']}: ` : '';
    // The SDK puts the action in front of the platform's words; so do we.
    const words = error instanceof Error ? error.message.replace(/^\[\w+\] /, '') : errorText(error);
    throw new ManagerError(`${action}: ${code}${words}`, { cause: error });
  }
}

/** The answer as far as it is used. An answer of another shape is a refusal like any other. */
async function answered<Answer>(
  action: string,
  shape: z.ZodType<Answer>,
  request: Promise<unknown>,
): Promise<Answer> {
  const read = shape.safeParse(await asked(action, request));
  if (read.success) return read.data;
  throw new ManagerError(`${action}: answered in a shape this version does not know`);
}

function writtenIndex({ name, fields }: IndexSpec) {
  return {
    IndexName: name,
    MgoKeySchema: {
      MgoIndexKeys: fields.map(([path, direction]) => ({ Name: path, Direction: String(direction) })),
      MgoIsUnique: false,
    },
  };
}

function indexOf({ Name, Unique, Keys }: NonNullable<z.infer<typeof table>['Indexes']>[number]): FoundIndex {
  return {
    name: Name,
    isUnique: Unique === true,
    fields: (Keys ?? []).map((key) => [key.Name ?? '', directionOf(key.Direction)] as const),
  };
}

function directionOf(text: string | null | undefined): 1 | -1 | null {
  return text === '1' ? 1 : text === '-1' ? -1 : null;
}

function functionOf(answer: z.infer<typeof detail>): FoundFunction {
  const { Runtime, Timeout, MemorySize, CodeInfo, Triggers } = answer;
  return {
    runtime: Runtime ?? '',
    timeoutSeconds: Timeout,
    memoryMb: MemorySize,
    code: CodeInfo ?? null,
    timers: (Triggers ?? []).filter(({ Type }) => Type === 'timer').map(timerOf),
  };
}

/** The schedule of a timer is described as text, or as `{"cron": "…"}`. */
function timerOf(trigger: {
  readonly TriggerName: string;
  readonly TriggerDesc: string;
  readonly Enable?: number | boolean | null | undefined;
}): FoundTimer {
  const described = parseJson(trigger.TriggerDesc);
  const cron = isRecord(described) ? described['cron'] : trigger.TriggerDesc;
  return {
    name: trigger.TriggerName,
    cron: typeof cron === 'string' ? cron : trigger.TriggerDesc,
    isOn: trigger.Enable === undefined || trigger.Enable === null || Boolean(trigger.Enable),
  };
}
