import type { Language } from '../../lib/values/language';
import type { Remark, Step } from './plan';
import { fieldsText, wantedFieldsText } from './plan';
import type { Difference } from './status';
import { limitsText } from './status';

/** The texts of `npm run cloud`. */
export interface CloudWords {
  readonly step: (step: Step) => string;
  readonly remark: (remark: Remark) => string;
  readonly difference: (difference: Difference) => string;
  readonly fix: (difference: Difference) => string;
  readonly levels: Readonly<Record<'ok' | 'warning' | 'error' | 'unknown', string>>;
  readonly wouldDo: (count: number) => string;
  readonly forYou: string;
  readonly nothingToDo: string;
  readonly addYes: string;
  readonly ask: (count: number, envId: string) => string;
  readonly unchanged: string;
  readonly done: (count: number) => string;
  readonly stillDiffers: string;
  readonly stopped: (step: string, why: string) => string;
  readonly notBuilt: string;
  readonly asBuilt: string;
  readonly triggersHint: string;
}

const changes = (count: number): string => (count === 1 ? '1 change' : `${count} changes`);

const EN: CloudWords = {
  step(step) {
    switch (step.kind) {
      case 'create_collection':
        return `create the collection ${step.collection}`;
      case 'create_index':
        return `create the index ${step.collection}.${step.index.name}: ${wantedFieldsText(step.index.fields)}`;
      case 'replace_index':
        return `replace the index ${step.collection}.${step.index.name}: ${step.was} becomes ${wantedFieldsText(step.index.fields)}`;
      case 'set_access':
        return `set the access of ${step.collection} from ${step.was} to ADMINONLY`;
      case 'set_function_rules':
        return `save the security rules of functions, with our entries for ${step.changed.join(', ')}`;
      case 'set_limits':
        return `set the limits of ${step.name} from ${limitsText(step.was)} to ${limitsText(step)}`;
    }
  },
  remark(remark) {
    switch (remark.kind) {
      case 'foreign_index':
        return `${remark.collection} has an index of its own, ${remark.index.name}: ${fieldsText(remark.index)}. ${
          remark.index.isUnique
            ? 'It is unique and may refuse genuine documents: remove it'
            : 'It makes each write slower; remove it unless you need it'
        }`;
      case 'open_storage':
        return `cloud storage has the access ${remark.access ?? 'unknown'}: anybody who may read it may read statements. Choose ADMINONLY, or write a rule that refuses wxpay-statements/`;
      case 'rules_unreadable':
        return 'the security rules of functions cannot be read as JSON and were left alone: merge dist/security-rules.json in the console';
      case 'function_missing':
        return `the function ${remark.name} is not there yet: upload it`;
    }
  },
  difference(difference) {
    switch (difference.kind) {
      case 'missing':
        return 'is not there';
      case 'runtime_too_old':
        return `has the runtime ${difference.is}, on which no call succeeds`;
      case 'runtime_differs':
        return `has the runtime ${difference.is} instead of ${difference.wanted}`;
      case 'timeout_short':
        return `has ${difference.is} s instead of ${difference.wanted} s`;
      case 'limits_differ':
        return `has ${difference.is} instead of ${difference.wanted}`;
      case 'timer_missing':
        return `has no timer; it should be ${difference.cron}`;
      case 'timer_off':
        return `its timer ${difference.name} is off`;
      case 'timer_differs':
        return `its timer ${difference.name} is ${difference.is} instead of ${difference.wanted}`;
      case 'timer_unknown':
        return `has one more timer, ${difference.name}: ${difference.cron}`;
      case 'build_differs':
        return `is build ${difference.is}; built here is ${difference.wanted}`;
      case 'build_unknown':
        return 'does not say which build it is';
    }
  },
  fix(difference) {
    switch (difference.kind) {
      case 'missing':
      case 'build_differs':
        return 'upload it';
      case 'runtime_too_old':
      case 'runtime_differs':
        return 'a runtime cannot be changed: delete the function, create it with the right one, upload it and its trigger again';
      case 'timeout_short':
      case 'limits_differ':
        return 'npm run cloud -- setup';
      case 'timer_missing':
      case 'timer_differs':
        return 'upload its trigger (docs/deploy.md, step 5)';
      case 'timer_off':
        return 'turn it on in the console, or upload the trigger again';
      case 'timer_unknown':
        return 'remove it in the console';
      case 'build_unknown':
        return 'upload it once more if that was before this version';
    }
  },
  levels: { ok: 'ok', warning: 'warning', error: 'error', unknown: 'unknown' },
  wouldDo: (count) => `${changes(count)}:`,
  forYou: 'For you to decide:',
  nothingToDo: 'Nothing to change.',
  addYes: 'Nothing was changed: add --yes to make these changes.',
  ask: (count, envId) => `Make ${count === 1 ? 'this change' : `these ${count} changes`} in ${envId}? [y/N] `,
  unchanged: 'Nothing was changed.',
  done: (count) => `Done: ${changes(count)}.`,
  stillDiffers:
    'The platform accepted these changes and still shows the old state. Rules take up to three minutes; run setup again then:',
  stopped: (step, why) =>
    `stopped: ${step}\n  ${why}\nWhat was done before stays. Run setup again once this is solved.`,
  notBuilt: 'dist/ has no build: run npm run build first',
  asBuilt: 'as built',
  triggersHint:
    'Whether a timer’s trigger carries the token for cloud calls cannot be seen from here: npm run doctor -- --url shows trigger_token.',
};

const ZH: CloudWords = {
  step(step) {
    switch (step.kind) {
      case 'create_collection':
        return `创建集合 ${step.collection}`;
      case 'create_index':
        return `创建索引 ${step.collection}.${step.index.name}：${wantedFieldsText(step.index.fields)}`;
      case 'replace_index':
        return `替换索引 ${step.collection}.${step.index.name}：${step.was} 改为 ${wantedFieldsText(step.index.fields)}`;
      case 'set_access':
        return `将 ${step.collection} 的权限由 ${step.was} 改为 ADMINONLY`;
      case 'set_function_rules':
        return `保存云函数安全规则，更新以下条目：${step.changed.join('、')}`;
      case 'set_limits':
        return `将 ${step.name} 的超时和内存由 ${limitsText(step.was)} 改为 ${limitsText(step)}`;
    }
  },
  remark(remark) {
    switch (remark.kind) {
      case 'foreign_index':
        return `${remark.collection} 有其他索引 ${remark.index.name}：${fieldsText(remark.index)}。${
          remark.index.isUnique
            ? '它是唯一索引，可能拒绝真实数据，请删除'
            : '它会拖慢每次写入，如不需要请删除'
        }`;
      case 'open_storage':
        return `云存储权限为 ${remark.access ?? '未知'}：能读取云存储的人都能读取账单。请设为 ADMINONLY，或编写规则拒绝 wxpay-statements/`;
      case 'rules_unreadable':
        return '云函数安全规则不是合法的 JSON，未做改动：请在控制台合并 dist/security-rules.json';
      case 'function_missing':
        return `云函数 ${remark.name} 尚未上传`;
    }
  },
  difference(difference) {
    switch (difference.kind) {
      case 'missing':
        return '不存在';
      case 'runtime_too_old':
        return `运行环境为 ${difference.is}，所有调用都会失败`;
      case 'runtime_differs':
        return `运行环境为 ${difference.is}，应为 ${difference.wanted}`;
      case 'timeout_short':
        return `超时为 ${difference.is} 秒，应为 ${difference.wanted} 秒`;
      case 'limits_differ':
        return `超时和内存为 ${difference.is}，应为 ${difference.wanted}`;
      case 'timer_missing':
        return `没有定时触发器，应为 ${difference.cron}`;
      case 'timer_off':
        return `定时触发器 ${difference.name} 已关闭`;
      case 'timer_differs':
        return `定时触发器 ${difference.name} 为 ${difference.is}，应为 ${difference.wanted}`;
      case 'timer_unknown':
        return `多出一个定时触发器 ${difference.name}：${difference.cron}`;
      case 'build_differs':
        return `线上构建为 ${difference.is}，本地构建为 ${difference.wanted}`;
      case 'build_unknown':
        return '无法得知线上是哪一次构建';
    }
  },
  fix(difference) {
    switch (difference.kind) {
      case 'missing':
      case 'build_differs':
        return '请上传该函数';
      case 'runtime_too_old':
      case 'runtime_differs':
        return '运行环境无法修改：请删除该函数，用正确的运行环境重新创建，再上传代码和触发器';
      case 'timeout_short':
      case 'limits_differ':
        return 'npm run cloud -- setup';
      case 'timer_missing':
      case 'timer_differs':
        return '请上传触发器（docs/deploy.zh-CN.md 第 5 步）';
      case 'timer_off':
        return '请在控制台开启，或重新上传触发器';
      case 'timer_unknown':
        return '请在控制台删除';
      case 'build_unknown':
        return '如果是用旧版本上传的，请重新上传一次';
    }
  },
  levels: { ok: '正常', warning: '注意', error: '错误', unknown: '未知' },
  wouldDo: (count) => `将做 ${count} 项改动：`,
  forYou: '请您决定：',
  nothingToDo: '无需改动。',
  addYes: '未做改动：加上 --yes 才会执行。',
  ask: (count, envId) => `是否在 ${envId} 执行以上 ${count} 项改动？[y/N] `,
  unchanged: '未做改动。',
  done: (count) => `已完成 ${count} 项改动。`,
  stillDiffers: '平台已接受以下改动，但读到的仍是旧状态。规则最多需要三分钟生效，届时请再运行一次 setup：',
  stopped: (step, why) => `已停止：${step}\n  ${why}\n之前的改动仍然有效。解决后请再运行一次 setup。`,
  notBuilt: 'dist/ 中没有构建结果，请先运行 npm run build',
  asBuilt: '与构建一致',
  triggersHint: '此处无法得知定时触发器是否带有云调用凭证：请看 npm run doctor -- --url 的 trigger_token。',
};

/** By language. */
export const CLOUD_WORDS: Readonly<Record<Language, CloudWords>> = { en: EN, zh: ZH };
