import type { BillAnswer, WeChatPay } from '../port';
import * as answers from './answers';
import { readBody, type Body } from './body';
import { readRefundStatus } from './refund-status';
import * as requests from './requests';
import type { PayApiName, PayApiRequest, PayTransport } from './transport';

/**
 * WeChat Pay through CloudBase. One call of the port is exactly one call of the transport: only the
 * caller knows what is at stake, so the caller decides on retries.
 *
 * Every method resolves, even when the transport breaks its contract and rejects.
 */
export function createCloudPay(transport: PayTransport, settings: requests.CloudPaySettings): WeChatPay {
  async function call(apiName: PayApiName, request: PayApiRequest): Promise<Body> {
    try {
      return readBody(await transport(apiName, request));
    } catch (error) {
      const message = error instanceof Error ? error.message : 'the transport gave up without a reason';
      return readBody({ kind: 'failure', failure: { kind: 'transport', message } });
    }
  }

  return {
    prepayBody: () => null,
    unifiedOrder: async (request) =>
      answers.readPrepay(
        await call('unifiedOrder', requests.unifiedOrderRequest(settings, request)),
        request,
      ),
    queryOrder: async (question) =>
      answers.readOrder(await call('queryOrder', requests.orderRequest(settings, question)), question),
    closeOrder: async (question) =>
      answers.readClose(await call('closeOrder', requests.orderRequest(settings, question)), question),
    refund: async (request) =>
      answers.readRefund(await call('refund', requests.refundRequest(settings, request)), request),
    queryRefund: async (question) =>
      readRefundStatus(await call('queryRefund', requests.queryRefundRequest(settings, question)), question),
    downloadBill: async (request) =>
      request.type === 'FUND_FLOW'
        ? NO_FUND_FLOW
        : answers.readBill(await call('downloadBill', requests.downloadBillRequest(settings, request))),
  };
}

/** Cloud development has no call for fund-flow bills. */
const NO_FUND_FLOW: BillAnswer = {
  kind: 'not_offered',
  detail: 'this channel has no fund-flow bills',
};
