import { SCHEMA } from '../../lib/store/cloudbase/schema';
import { openCloudBaseStore } from '../../lib/store/cloudbase/store';
import type { Store } from '../../lib/store/port';
import { useFunctionEnvironment } from '../../test/cloudbase/function-environment';
import type { LoopbackCloudBase } from '../../test/cloudbase/gateway';
import { startLoopbackCloudBase } from '../../test/cloudbase/gateway';
import { newInstance } from '../../test/store/cloudbase/harness';

/**
 * Runs `work` on the CloudBase store: the real SDK in this process, an empty CloudBase on loopback.
 */
export async function onLoopback<Result>(
  work: (store: Store, cloud: LoopbackCloudBase) => Promise<Result>,
): Promise<Result> {
  const cloud = await startLoopbackCloudBase();
  const restore = useFunctionEnvironment(cloud);
  for (const name of Object.keys(SCHEMA)) cloud.database.createCollection(name);
  const store = openCloudBaseStore(newInstance(cloud, 5_000), (problem) => {
    throw problem;
  });
  try {
    return await work(store, cloud);
  } finally {
    await cloud.stop();
    restore();
  }
}

/** The SDK's requests since the last reset. */
export interface Asked {
  readonly requests: number;
  /** Size of the requests' fields as JSON. */
  readonly bytes: number;
  readonly reads: number;
  readonly writes: number;
}

/** The requests to a loopback since its last reset. */
export function asked({ requests: { records } }: LoopbackCloudBase): Asked {
  const writes = records.filter(({ action }) => /insert|modify|update|remove/i.test(action)).length;
  return {
    requests: records.length,
    bytes: records.reduce((sum, { fields }) => sum + JSON.stringify(fields).length, 0),
    reads: records.length - writes,
    writes,
  };
}
