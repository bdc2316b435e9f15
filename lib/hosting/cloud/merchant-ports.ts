import { cloudBaseMerchantDb } from '../../store/cloudbase/merchant-db';
import type { FunctionName, WorkerName } from '../../config/jobs';
import type { MerchantPorts } from '../ports';
import { openPorts } from './ports';
import { STORE_TIMEOUT_MS } from './quiet-ports';
import { openShared } from './sdk';

/** The ports of a function that calls the merchant's code: as `openPorts`, with look-ups. */
export function openMerchantPorts(name: FunctionName | WorkerName): MerchantPorts {
  return { ...openPorts(name), merchantDb: cloudBaseMerchantDb(openShared(name, STORE_TIMEOUT_MS)) };
}
