import { createCanary, wantsCanary } from '../../lib/orders/canary/canary';
import { createOrder as create } from '../../lib/orders/create';
import { merchantPrice } from '../../lib/hosting/merchant/price';
import type { FunctionHandler, MerchantPorts } from '../../lib/hosting/ports';

/**
 * The mini program calls this to create an order and get the parameters of `wx.requestPayment`. For
 * an operator it creates a canary, too (docs/probe.md).
 */
export function createOrder(ports: MerchantPorts): FunctionHandler {
  const deps = {
    ...ports,
    orders: ports.store.orders,
    price: merchantPrice(ports),
    settings: ports.config.orders,
  };
  return (event, caller) =>
    wantsCanary(event) ? createCanary(deps, event, caller) : create(deps, event, caller);
}
