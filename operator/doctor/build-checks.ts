import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { wrongInAnswer } from '../../lib/doctor/ack';
import { passed, problem } from '../../lib/doctor/finding';
import type { Finding } from '../../lib/ops/api';
import { CALLBACK_FUNCTIONS } from '../../lib/hosting/cloud/callbacks';
import type { Config } from '../../lib/config/config-schema';
import { errorText } from '../../lib/runtime/error-text';
import { isRecord, parseJson } from '../../lib/values/json';
import { CODE_FILE, ENTRY_FILE } from '../../scripts/build/entry-file';
import { cloudbaserc, digestOf, foldersToBuild } from '../../scripts/build/functions';
import { askCallback } from './ask-callback';

/** Checks what `npm run build` left in `dist`. Changes nothing. */
export async function checkBuild(config: Config, dist: string): Promise<readonly Finding[]> {
  if (!existsSync(join(dist, 'cloudfunctions'))) {
    const fix = 'npm run build, if you deploy to CloudBase';
    return [problem('build', 'unknown', 'nothing is built yet', fix)];
  }
  return [freshness(config, dist), callbackFunctions(dist), await ackShape(config, dist)];
}

function freshness(config: Config, dist: string): Finding {
  const fix = 'npm run build, then upload again';
  const record = readJson(join(dist, 'build.json'));
  if (!isRecord(record) || record['settings'] !== digestOf(config)) {
    return problem('build', 'error', 'dist was built from settings that differ from config.json', fix);
  }
  const wanted = foldersToBuild(config);
  const missing = wanted.filter(({ name }) => !isBuilt(dist, name));
  if (missing.length > 0) {
    return problem('build', 'error', `not built: ${missing.map(({ name }) => name).join(', ')}`, fix);
  }
  const written = readJson(join(dist, 'cloudbaserc.json'));
  if (JSON.stringify(written) !== JSON.stringify(cloudbaserc(config, wanted))) {
    return problem('build', 'error', 'dist/cloudbaserc.json differs from config.json', fix);
  }
  return passed('build', `${wanted.length} functions, from these settings`);
}

/** `unifiedOrder` and `refund` must name the deployed functions exactly. */
function callbackFunctions(dist: string): Finding {
  const listed = deployedNames(readJson(join(dist, 'cloudbaserc.json')));
  const told: readonly (readonly [caller: string, name: string])[] = [
    ['createOrder', CALLBACK_FUNCTIONS.pay],
    ['refundOrder', CALLBACK_FUNCTIONS.refund],
  ];
  const wrong = told.flatMap(([caller, name]) => {
    const bundle = readText(join(dist, 'cloudfunctions', caller, CODE_FILE));
    if (!bundle.includes(`"${name}"`)) return [`${caller} does not name ${name} to WeChat Pay`];
    if (!isBuilt(dist, name)) return [`${name} is not built`];
    return listed.has(name) ? [] : [`${name} is not in dist/cloudbaserc.json`];
  });
  return wrong.length === 0
    ? passed('callback_functions', 'WeChat Pay is given the names of built functions')
    : problem('callback_functions', 'error', wrong.join('; '), 'npm run build, then upload again');
}

/**
 * Calls the built callbacks, each in a separate process: with a notification that is stored, one
 * that is not, and a client's call.
 */
async function ackShape(config: Config, dist: string): Promise<Finding> {
  const event = sampleNotification(config.merchants[0].subMchId);
  const questions = [
    ['wx_paycallback', 'stores', 'ack'],
    ['wx_paycallback', 'refuses', 'refusal'],
    ['wx_client', 'stores', 'refusal'],
  ] as const;
  const wrong: string[] = [];
  for (const name of Object.values(CALLBACK_FUNCTIONS)) {
    const bundle = join(dist, 'cloudfunctions', name, ENTRY_FILE);
    for (const [source, database, expected] of questions) {
      try {
        const why = wrongInAnswer(await askCallback(bundle, event, source, database), expected);
        if (why !== null) wrong.push(`${name} (${source}, the database ${database}) ${why}`);
      } catch (error) {
        wrong.push(`${name} ${errorText(error)}`);
      }
    }
  }
  return wrong.length === 0
    ? passed(
        'ack_shape',
        'the built callbacks answer the Number 0 once a notification is stored, and only then',
      )
    : problem('ack_shape', 'error', wrong.join('; '), 'npm run build; if it stays so, report it');
}

/** A notification of one fen, in the shape of paymentCallback's reference. */
function sampleNotification(subMchId: string): object {
  return {
    appid: 'wxd2d16a504f24665e',
    mchId: '1800008281',
    subMchId,
    subAppid: 'wx0000000000000000',
    subOpenid: 'oDoctorOfWxpayInbox000000000',
    outTradeNo: 'doctor-1',
    transactionId: '4200000000200001010000000000',
    returnCode: 'SUCCESS',
    resultCode: 'SUCCESS',
    tradeType: 'JSAPI',
    bankType: 'OTHERS',
    feeType: 'CNY',
    totalFee: 1,
    cashFee: 1,
    timeEnd: '20000101000000',
    nonceStr: 'doctor',
  };
}

function deployedNames(cloudbase: unknown): ReadonlySet<unknown> {
  const functions: unknown = isRecord(cloudbase) ? cloudbase['functions'] : null;
  return new Set(Array.isArray(functions) ? functions.filter(isRecord).map(({ name }) => name) : []);
}

function isBuilt(dist: string, name: string): boolean {
  return [ENTRY_FILE, CODE_FILE].every((file) => existsSync(join(dist, 'cloudfunctions', name, file)));
}

function readJson(file: string): unknown {
  return parseJson(readText(file)) ?? null;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
