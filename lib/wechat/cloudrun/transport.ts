import type { PayApiName, TransportResult } from '../cloudpay/transport';

/**
 * Carries one call to the open-interface service: a POST of JSON to `/_/pay/<name>`. Must not
 * reject; a rejection still counts as a `transport` failure.
 */
export type CloudRunTransport = (path: string, body: string) => Promise<TransportResult>;

/** The paths of the calls, below the service's address. */
export const CLOUD_RUN_PATHS: Readonly<Record<PayApiName, string>> = {
  unifiedOrder: '/_/pay/unifiedorder',
  queryOrder: '/_/pay/queryorder',
  closeOrder: '/_/pay/closeorder',
  refund: '/_/pay/refund',
  queryRefund: '/_/pay/queryrefund',
  downloadBill: '/_/pay/downloadbill',
};
