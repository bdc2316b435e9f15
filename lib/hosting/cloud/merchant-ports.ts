import { cloudBaseMerchantDb } from '../../store/cloudbase/merchant-db';
import type { MerchantPorts } from '../ports';
import { openPorts } from './ports';
import { STORE_TIMEOUT_MS } from './quiet-ports';
import { openCloud } from './sdk';

/** The ports of a function that calls the merchant's code: as `openPorts`, with look-ups. */
export function openMerchantPorts(): MerchantPorts {
  return { ...openPorts(), merchantDb: cloudBaseMerchantDb(openCloud(STORE_TIMEOUT_MS)) };
}
