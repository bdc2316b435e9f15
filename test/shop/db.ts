import { merchantDbOn } from '../../lib/store/merchant-db';

/** The data of a merchant who has none. */
export const emptyMerchantDb = merchantDbOn({
  named: () => Promise.resolve([]),
  matching: () => Promise.resolve([]),
});
