import type { z } from 'zod';

/** What an API of the simulated API v3 answers, before it is signed. */
export type V3Outcome =
  | { readonly kind: 'json'; readonly fields: Readonly<Record<string, unknown>> }
  /** 204. */
  | { readonly kind: 'empty' }
  /** A bill's file, the only answer that is never signed. */
  | { readonly kind: 'file'; readonly bytes: Buffer }
  | V3Refusal;

/** A refusal. One before authentication is not signed. */
export interface V3Refusal {
  readonly kind: 'refused';
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly detail?: Readonly<Record<string, unknown>>;
  /** The stable number at the end of `Request-ID`. */
  readonly tail: number;
  readonly signed: boolean;
}

/** The stable numbers at the end of `Request-ID` that are known, and others for the rest. */
export const TAILS = {
  success: 0,
  no_such_order: 268_512_771,
  rate: 268_447_840,
  bad_parameter: 268_435_461,
  unknown_field: 270_924_358,
  already_paid: 268_449_538,
  reentry_differs: 268_498_688,
  closed: 268_447_914,
  signature: 268_443_699,
  appid_mchid: 268_445_527,
  no_relation: 268_443_701,
  other: 268_435_457,
} as const;

/** A business refusal: signed. */
export function refusal(
  status: number,
  code: string,
  message: string,
  tail: number = TAILS.other,
  detail?: Readonly<Record<string, unknown>>,
): V3Refusal {
  const told = { kind: 'refused', status, code, message, tail, signed: true } as const;
  return detail === undefined ? told : { ...told, detail };
}

/** A refusal before authentication: unsigned. */
export function unsigned(refused: V3Refusal): V3Refusal {
  return { ...refused, signed: false };
}

/** 401 SIGN_ERROR, unsigned as everything before authentication. */
export function signError(message: string, detail?: Readonly<Record<string, unknown>>): V3Refusal {
  return unsigned(refusal(401, 'SIGN_ERROR', message, TAILS.signature, detail));
}

/**
 * The refusal of a request that does not fit its schema, in WeChat Pay's manner: the first problem,
 * with the field as a JSON pointer and its value in `detail`.
 */
export function badParameter(error: z.ZodError, location: 'body' | 'query'): V3Refusal {
  const [issue] = error.issues;
  if (issue === undefined) return refusal(400, 'PARAM_ERROR', '参数错误', TAILS.bad_parameter);
  if (issue.code === 'unrecognized_keys') {
    const field = `/${[location, ...issue.path, issue.keys[0]].join('/')}`;
    return refusal(400, 'PARAM_ERROR', `请求中含有未在API文档中定义的参数“${field}”`, TAILS.unknown_field, {
      field,
      location,
    });
  }
  const field = `/${[location, ...issue.path].join('/')}`;
  const value: unknown = issue.code === 'custom' ? issue.params?.['value'] : undefined;
  const why = issue.code === 'custom' ? issue.message : '不符合规则';
  return refusal(
    400,
    'PARAM_ERROR',
    `输入源“${field}”映射到值字段“${String(issue.path.at(-1) ?? '')}”字符串规则校验失败，${why}`,
    TAILS.bad_parameter,
    { field, issue: why, location, ...(value === undefined ? {} : { value }) },
  );
}
