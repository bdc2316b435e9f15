import type { OpenCloudPay } from './calling';

/** No merchant of this installation is on cloudpay. */
export const openCloudPay: OpenCloudPay = () => null;
