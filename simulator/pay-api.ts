import type { AnswerWriter, Fields, PayApiAnswer } from './api-answer';
import type { ApiFault, ApiFaults } from './api-faults';
import type { BillApiAnswer } from './bill/bill-api';
import type { OrderApi } from './order-api';
import { SimulatorError } from './simulator-error';

/** The APIs behind the gateway. */
export interface PayApis extends OrderApi {
  readonly refund: (request: Fields) => Promise<Fields>;
  readonly queryRefund: (request: Fields) => Fields;
  readonly downloadBill: (request: Fields) => BillApiAnswer;
}

/** The dependencies of the gateway. */
export interface PayApiParts {
  readonly apis: PayApis;
  readonly faults: ApiFaults;
  readonly write: AnswerWriter;
}

/**
 * Answers a call by its API name, in the wire's snake_case. Rejects with `answer_lost` when the
 * response is lost.
 */
export type PayApi = (apiName: string, request: Fields) => Promise<PayApiAnswer>;

/** Creates the pay gateway: the APIs and their requested faults. */
export function createPayApi({ apis, faults, write }: PayApiParts): PayApi {
  async function answer(apiName: string, request: Fields): Promise<PayApiAnswer> {
    switch (apiName) {
      case 'unifiedOrder':
        return asJson(apis.unifiedOrder(request));
      case 'queryOrder':
        return asJson(apis.queryOrder(request));
      case 'closeOrder':
        return asJson(apis.closeOrder(request));
      case 'refund':
        return asJson(await apis.refund(request));
      case 'queryRefund':
        return asJson(apis.queryRefund(request));
      case 'downloadBill': {
        const bill = apis.downloadBill(request);
        return bill.kind === 'file' ? asBytes(bill.bytes) : asBytes(bill.text);
      }
      default:
        return asJson({ errcode: -604100, errmsg: `API not found: ${apiName}` });
    }
  }

  return async (apiName, request) => {
    const fault = faults.take(apiName, request);
    if (fault === null) return answer(apiName, request);
    if (takesEffect(fault)) await answer(apiName, request);
    return faulty(fault, apiName, request);
  };

  function faulty(fault: ApiFault, apiName: string, request: Fields): PayApiAnswer {
    switch (fault.kind) {
      case 'lost_request':
      case 'lost_answer':
        throw new SimulatorError('answer_lost', `no answer to ${apiName}: lost by the requested fault`);
      case 'rate_limited':
        return asJson({ code: 'EXCEED_REQUEST_LIMIT', message: 'request limit exceeded' });
      case 'missing_api_token':
        return asJson({ code: 'INVALID_PARAM', message: 'missing wxCloudApiToken' });
      case 'system_error':
        return refused(apiName, request, 'SYSTEMERROR', '系统错误');
      case 'refused':
        return refused(apiName, request, fault.code, fault.text);
    }
  }

  function refused(apiName: string, request: Fields, code: string, text: string): PayApiAnswer {
    return asJson(
      apiName === 'downloadBill'
        ? { return_code: 'FAIL', return_msg: text, error_code: code }
        : write.failure(request, code, text),
    );
  }
}

function takesEffect(fault: ApiFault): boolean {
  return fault.kind === 'lost_answer' || (fault.kind === 'system_error' && fault.takesEffect === true);
}

function asJson(fields: Fields): PayApiAnswer {
  return asBytes(JSON.stringify(fields));
}

function asBytes(body: PayApiAnswer['body']): PayApiAnswer {
  return { body, contentType: 'application/octet-stream' };
}
