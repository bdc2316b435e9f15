import type { Config } from '../config/config-schema';

/** How orders are created and queried. Times in ms. */
export type OrderSettings = Readonly<Config['orders']>;

/** How unresolved orders are queried. */
export type ReconcileSettings = Readonly<Config['reconcileOrders']>;

/** How paid orders are fulfilled. Times in ms. */
export type FulfilmentSettings = Readonly<Omit<Config['fulfilment'], 'cloudFunction' | 'webhook'>>;
