import { createOrder as create } from '../../lib/orders/create';
import { merchantPrice } from '../../lib/hosting/merchant/price';
import type { FunctionHandler, Ports } from '../../lib/hosting/ports';
import { orderSettings } from '../../lib/hosting/settings';

/** The mini program calls this to create an order and get the parameters of `wx.requestPayment`. */
export function createOrder(ports: Ports): FunctionHandler {
  const deps = {
    ...ports,
    orders: ports.store.orders,
    price: merchantPrice(ports),
    settings: orderSettings(ports.config),
  };
  return (event, caller) => create(deps, event, caller);
}
