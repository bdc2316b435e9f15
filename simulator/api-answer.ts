import type { z } from 'zod';
import type { Parties } from './event';
import { hex, type Random } from './randomness';

/**
 * An answer as the pay gateway sends it: JSON as text, a statement as bytes; never of the exact
 * content type with which the SDK expects its own errors.
 */
export interface PayApiAnswer {
  readonly body: string | Buffer;
  readonly contentType: string;
}

/** The fields of a request or an answer, snake_case as they travel. */
export type Fields = Readonly<Record<string, unknown>>;

/** How WeChat Pay words what it says, whatever it was asked. */
export interface AnswerWriter {
  /** Done: both codes are SUCCESS. */
  readonly success: (request: Fields, more: Fields) => Fields;
  /** Declined, with WeChat Pay's own code and text. */
  readonly failure: (request: Fields, code: string, text: string) => Fields;
  /** Declined because of a parameter: it is missing, or is not what it must be. */
  readonly badRequest: (request: Fields, error: z.ZodError) => Fields;
}

/** Writes answers in the name of these parties. */
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
 * An answer as the refund APIs give it: of provider and merchant only, without the mini program's
 * appid.
 */
export function withoutMiniProgram(answer: Fields): Fields {
  return Object.fromEntries(Object.entries(answer).filter(([name]) => name !== 'sub_appid'));
}
