import { openProbe } from '../../lib/hosting/cloud/open-probe';
import { cloudFunction } from '../../lib/hosting/cloud/main';
import { probe } from './function';

/** The entry point cloud development calls. */
export const main = cloudFunction('probe', () => {
  const { deps, budgetOf } = openProbe();
  return probe(deps, budgetOf);
});
