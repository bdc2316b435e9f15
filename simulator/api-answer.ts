import type { z } from 'zod';
import type { Parties } from './event';
import { hex, type Random } from './randomness';

/**
 * A response of the pay gateway: JSON as text, a bill as bytes. Its content type is never the one
 * with which the SDK expects its own errors.
 */
export interface PayApiAnswer {
  readonly body: string | Buffer;
  readonly contentType: string;
}

/** The fields of a request or a response, snake_case as on the wire. */
export type Fields = Readonly<Record<string, unknown>>;

/** Writes responses in WeChat Pay's format. */
export interface AnswerWriter {
  /** Success: both codes are SUCCESS. */
  readonly success: (request: Fields, more: Fields) => Fields;
  /** Refused, with WeChat Pay's own code and text. */
  readonly failure: (request: Fields, code: string, text: string) => Fields;
  /** Refused because a parameter is missing or invalid. */
  readonly badRequest: (request: Fields, error: z.ZodError) => Fields;
}

/** Creates a writer of responses in the name of these parties. */
export function answerWriter(parties: Parties, random: Random): AnswerWriter {
  const common = (request: Fields): Fields => ({
    return_code: 'SUCCESS',
    return_msg: 'OK',
    appid: parties.appid,
    mch_id: parties.mchId,
    sub_appid: parties.subAppid,
    ...(typeof request.sub_mch_id === 'string' ? { sub_mch_id: request.sub_mch_id } : {}),
    nonce_str: hex(random, 32),
    sign: hex(random, 32).toUpperCase(),
  });
  const failure = (request: Fields, err_code: string, err_code_des: string): Fields => ({
    ...common(request),
    result_code: 'FAIL',
    err_code,
    err_code_des,
  });
  return {
    success: (request, more) => ({ ...common(request), result_code: 'SUCCESS', ...more }),
    failure,
    badRequest(request, error) {
      const name = String(error.issues[0]?.path[0] ?? '');
      return request[name] === undefined
        ? failure(request, 'LACK_PARAMS', `缺少参数 ${name}`)
        : failure(request, 'PARAM_ERROR', `参数错误 ${name}`);
    },
  };
}

/**
 * A response in the form of the refund APIs: provider and merchant only, without the mini program's
 * appid.
 */
export function withoutMiniProgram(answer: Fields): Fields {
  return Object.fromEntries(Object.entries(answer).filter(([name]) => name !== 'sub_appid'));
}
