import { parseJson, isRecord } from '../../lib/values/json';
import { SimulatorError } from '../simulator-error';
import { answerWriterV3, emptyAnswer, htmlAnswer, spoiled } from './answers';
import { authenticator } from './authorization';
import type { V3Call } from './call';
import type { V3Conditions } from './conditions';
import { takesEffect, type V3Fault, type V3Faults } from './faults';
import { holdsNull, isPlainText } from './fields';
import type { V3Answer, V3Request } from './http';
import type { SimulatedKeys } from './keys';
import { refusal, signError, TAILS, unsigned, type V3Outcome, type V3Refusal } from './outcome';
import { collectingNumber, signerNumber, type SimulatedParty } from './party';
import type { Random } from '../randomness';
import { V3_ROUTES, type V3Apis, type V3Route } from './routes';
import type { Seal } from './seal';

/** The dependencies of the gateway. */
export interface GatewayParts {
  readonly apis: V3Apis;
  readonly parties: readonly SimulatedParty[];
  readonly keys: SimulatedKeys;
  readonly seal: Seal;
  readonly faults: V3Faults;
  readonly conditions: () => V3Conditions;
  readonly random: Random;
}

/**
 * Answers a request. Rejects with `host_down` when no host answers under that name, and with
 * `answer_lost` when a fault breaks the connection.
 */
export type Gateway = (request: V3Request) => Promise<V3Answer>;

/** Creates the gateway: addresses, authentication, requested faults, and signed answers. */
export function createGateway(parts: GatewayParts): Gateway {
  const { apis, parties, seal, faults, conditions } = parts;
  const authenticate = authenticator(parts.keys, parties);
  const write = answerWriterV3(seal, parts.random);

  return async (request) => {
    const { hosts } = conditions();
    const isBackup = (request.headers['host'] ?? '').includes('backup');
    if (hosts === 'both_down' || (hosts === 'first_down' && !isBackup)) {
      throw new SimulatorError('host_down', 'no answer: the host is down by the requested condition');
    }
    const named = request.headers['wechatpay-serial'] ?? '';
    const [path = '', search = ''] = request.path.split(/\?(.*)/s);
    const target = path.replace(/^.*?(?=\/v3\/)/, '');
    const routes = V3_ROUTES.filter((route) => route.path.test(target));
    const route = routes.find(({ method }) => method === request.method);
    if (route === undefined) return emptyAnswer(routes.length === 0 ? 404 : 405);
    if (route.wantsUserAgent && (request.headers['user-agent'] ?? '') === '') {
      return write(unsigned(refusal(400, 'INVALID_REQUEST', 'Http头缺少User-Agent')), 'truly', named);
    }
    const authentication = authenticate(request, seal.now());
    if (authentication.kind === 'refused') return write(authentication.refusal, 'truly', named);

    const prefix = path.slice(0, path.length - target.length);
    const asked = {
      route,
      signer: authentication.signer,
      parameters: (route.path.exec(target) ?? []).slice(1).map(decoded),
      query: new URLSearchParams(search),
      body: request.body.length === 0 ? null : parseJson(request.body.toString('utf8')),
      request,
      base: `http://${request.headers['host'] ?? ''}${prefix}`,
    };
    const fault = faults.take(route.name, valuesIn(asked));
    if (fault === null) return write(await answer(asked), 'truly', named);
    const outcome = takesEffect(fault) ? await answer(asked) : null;
    return faulty(fault, outcome, named);
  };

  async function answer(asked: Asked): Promise<V3Outcome> {
    const call = readCall(asked, parties);
    return 'kind' in call ? call : apis[asked.route.api](call);
  }

  function faulty(fault: V3Fault, outcome: V3Outcome | null, named: string): V3Answer {
    switch (fault.kind) {
      case 'lost_request':
      case 'lost_answer':
        throw new SimulatorError('answer_lost', 'no answer: lost by the requested fault');
      case 'rate_limited':
        return write(refusal(429, 'FREQUENCY_LIMITED', '频率超限', TAILS.rate), 'truly', named);
      case 'html':
        return htmlAnswer();
      case 'system_error':
        return write(refusal(500, 'SYSTEM_ERROR', '系统异常，请稍后重试'), 'truly', named);
      case 'refused': {
        const refused = refusal(fault.status, fault.code, fault.text);
        const isSigned = fault.signed ?? fault.status !== 401;
        return write(isSigned ? refused : unsigned(refused), 'truly', named);
      }
      case 'signtest':
      case 'unsigned':
      case 'tampered':
      case 'unknown_key':
        return write(outcome ?? { kind: 'empty' }, fault.kind, named);
      case 'wrong_hash':
      case 'foreign_host':
      case 'changed':
        return write(spoiled(outcome ?? { kind: 'empty' }, fault), 'truly', named);
    }
  }
}

interface Asked {
  readonly route: V3Route;
  readonly signer: string;
  readonly parameters: readonly string[];
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly request: V3Request;
  readonly base: string;
}

/** The call, or why it is refused before its API sees it. */
function readCall(asked: Asked, parties: readonly SimulatedParty[]): V3Call | V3Refusal {
  const { route, signer, query, body, request } = asked;
  const text = request.body.toString('utf8');
  if (route.method === 'POST' && (!isRecord(body) || holdsNull(body) || !isPlainText(text))) {
    return refusal(400, 'PARAM_ERROR', '请求体不是合法的JSON，或含有不支持的值', TAILS.bad_parameter);
  }
  const given = (name: string): unknown => (isRecord(body) ? body[name] : (query.get(name) ?? undefined));
  const subMchId = given('sub_mchid');
  const mode = route.mode === 'either' ? modeOf(signer, subMchId, parties) : route.mode;
  if (route.mode !== 'either' && given(mode === 'direct' ? 'mchid' : 'sp_mchid') !== signer) {
    return signError('请求参数中的商户号与签名使用的商户号不一致');
  }
  const own = parties.filter((party) => party.mode === mode && signerNumber(party) === signer);
  const optional = route.name === 'downloadBill' || asksForNobody(route);
  const party =
    mode === 'direct' || (subMchId === undefined && optional)
      ? own[0]
      : own.find((one) => collectingNumber(one) === subMchId);
  if (party === undefined) {
    return own.length === 0
      ? refusal(403, 'NO_AUTH', '商户号该产品权限未开通')
      : subMchId === undefined
        ? refusal(400, 'PARAM_ERROR', '缺少参数sub_mchid', TAILS.bad_parameter)
        : refusal(403, 'NO_AUTH', '特约商户与服务商没有受理关系', TAILS.no_relation);
  }
  return {
    mode,
    signer,
    party,
    collector: collectingNumber(party),
    parameters: asked.parameters,
    query,
    body,
    headers: request.headers,
    base: asked.base,
  };
}

/** True for calls about no merchant in particular. */
function asksForNobody({ name }: V3Route): boolean {
  return name === 'certificates' || name === 'echo' || name === 'billFile' || name === 'fundFlowBill';
}

function modeOf(
  signer: string,
  subMchId: unknown,
  parties: readonly SimulatedParty[],
): SimulatedParty['mode'] {
  const isDirect = parties.some((party) => party.mode === 'direct' && party.mchId === signer);
  return isDirect && subMchId === undefined ? 'direct' : 'partner';
}

/** Everything a call names: the parts of its path, its query, and the texts of its body. */
function valuesIn({ parameters, query, body }: Asked): readonly string[] {
  const texts = isRecord(body) ? Object.values(body).filter((value) => typeof value === 'string') : [];
  return [...parameters, ...query.values(), ...texts];
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
