import * as answers from '../cloudpay/answers';
import { readBody, type Body } from '../cloudpay/body';
import { readRefundStatus } from '../cloudpay/refund-status';
import type { PayApiName } from '../cloudpay/transport';
import type { BillAnswer, WeChatPay } from '../port';
import * as requests from './requests';
import { CLOUD_RUN_PATHS, type CloudRunTransport } from './transport';

/**
 * WeChat Pay through the open-interface service of WeChat Cloud Run. Its answers are those of
 * cloudpay in an envelope `{errcode, errmsg, respdata}`, with `err_code` intact, so the same
 * readers judge them. One call of the port is one call of the transport. Every method resolves.
 */
export function createCloudRun(transport: CloudRunTransport, settings: requests.CloudRunSettings): WeChatPay {
  async function call(name: PayApiName, body: string): Promise<Body> {
    try {
      return readBody(await transport(CLOUD_RUN_PATHS[name], body));
    } catch (error) {
      const message = error instanceof Error ? error.message : 'the transport gave up without a reason';
      return readBody({ kind: 'failure', failure: { kind: 'transport', message } });
    }
  }
  const json = JSON.stringify;
  return {
    prepayBody: (draft) => json(requests.unifiedOrderRequest(settings, draft)),
    unifiedOrder: async (request) => {
      const body = request.keptBody ?? json(requests.unifiedOrderRequest(settings, request));
      return answers.readPrepay(await call('unifiedOrder', body), request);
    },
    queryOrder: async (question) =>
      answers.readOrder(await call('queryOrder', json(requests.orderRequest(question))), question),
    closeOrder: async (question) =>
      answers.readClose(await call('closeOrder', json(requests.orderRequest(question))), question),
    refund: async (request) =>
      answers.readRefund(await call('refund', json(requests.refundRequest(settings, request))), request),
    queryRefund: async (question) =>
      readRefundStatus(await call('queryRefund', json(requests.queryRefundRequest(question))), question),
    downloadBill: async (request) =>
      request.type === 'FUND_FLOW'
        ? NO_FUND_FLOW
        : answers.readBill(await call('downloadBill', json(requests.downloadBillRequest(request)))),
  };
}

/** Cloud development has no call for fund-flow bills. */
const NO_FUND_FLOW: BillAnswer = {
  kind: 'not_offered',
  detail: 'this channel has no fund-flow bills',
};
