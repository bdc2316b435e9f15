/** The texts about one check of the doctor. */
export interface CheckWords {
  readonly name: string;
  /** What holds when the check passes. */
  readonly what: string;
  /** What to do when it does not. */
  readonly fix: string;
}

/**
 * The checks in Chinese, by name. A finding's own sentences are English, because they quote
 * settings and answers; they are shown beside these.
 */
export const CHECKS_ZH: Readonly<Record<string, CheckWords>> = {
  node: {
    name: 'Node.js 版本',
    what: 'Node.js 版本受支持。',
    fix: '安装受支持的版本；在云开发控制台选择运行环境。',
  },
  config: {
    name: '配置',
    what: 'config.json 中的每一项都有效，且取值合法。',
    fix: '各项说明见 config.schema.json。',
  },
  merchants: {
    name: '商户号',
    what: '商户号不是演示用的商户号。',
    fix: '在 config.json 中设置 merchants[0].subMchId，然后重新构建、上传。',
  },
  environment_id: {
    name: '环境 ID',
    what: '传给微信支付的是完整的环境 ID，且就是当前运行的环境。',
    fix: '删除 envId，或改为完整的环境 ID。',
  },
  operators: {
    name: '运营人员',
    what: '至少一人有可操作权限，且没有人同时在两个名单中。',
    fix: '修改 ops.operators、ops.readers。',
  },
  tokens: {
    name: '口令',
    what: 'OPS_TOKEN、OPS_READ_TOKEN 有效、互不相同、难以猜测；启用复核时，具名运营人员之外没有共用的 OPS_TOKEN。',
    fix: '用 openssl rand -base64 32 生成新的口令。',
  },
  robots: {
    name: '告警通知',
    what: '告警有通知目标，且地址已设置。',
    fix: '在 config.json 的 watchdog.targets 中添加群机器人或 Webhook（docs/alarms.zh-CN.md）。',
  },
  time_limits: {
    name: '超时时间',
    what: '每个函数的超时时间都足够完成一次工作。',
    fix: '调大 functions 中对应函数的 timeoutSeconds。',
  },
  quiet_hours: {
    name: '夜间降频',
    what: '定时任务没有夜间降频，或降频后的延迟已在配置中确认。',
    fix: '修改 quietHours（docs/scale.md）。',
  },
  build: { name: '构建结果', what: 'dist 完整，且由当前配置构建。', fix: '运行 npm run build。' },
  callback_functions: {
    name: '回调函数',
    what: '传给微信支付的函数名都有对应的函数。',
    fix: '以完全相同的名称上传。',
  },
  ack_shape: {
    name: '应答格式',
    what: '通知入库后，回调返回数字 0；未入库时返回其他数字。',
    fix: '上传 npm run build 的构建结果。',
  },
  security_rules: {
    name: '安全规则',
    what: '小程序用户不能调用回调和定时任务。',
    fix: '在云开发控制台按 dist/security-rules.json 设置。',
  },
  data_folder: { name: '数据目录', what: 'DATA_DIR 可写。', fix: '检查权限和磁盘空间。' },
  server: { name: '服务', what: '指定的地址有应答，并接受您的口令。', fix: '启动服务，或更正地址。' },
  clock: { name: '时钟', what: '本机时钟与服务或数据库一致。', fix: '用 NTP 对时。' },
  indexes: {
    name: '索引',
    what: '每个索引都存在，且与本版本一致。',
    fix: '对照 docs/deploy.zh-CN.md 第 3 步创建索引。',
  },
  low_water_mark: {
    name: '低水位',
    what: '下次启动不会因数据缺失被拒绝。',
    fix: '放回最新的数据；确已丢失的，按 docs/backup.zh-CN.md 接受丢失。',
  },
  database_writes: {
    name: '数据库可写',
    what: 'MySQL 接受写入。',
    fix: '让 DATABASE_URL 指向主库；binlog_format 设为 ROW。',
  },
  database_tables: {
    name: '数据表',
    what: '所有表都使用 InnoDB 和 utf8mb4_bin。',
    fix: '停止所有服务器，备份后执行提示中的 ALTER TABLE。',
  },
  database_durability: {
    name: '落盘',
    what: '已提交的数据都已落盘。',
    fix: '把 innodb_flush_log_at_trx_commit 和 sync_binlog 设为 1。',
  },
  database_connections: {
    name: '数据库连接数',
    what: 'MySQL 允许的连接数足够。',
    fix: '调大 max_connections，或减少服务器台数。',
  },
  database_packet: {
    name: '数据包上限',
    what: 'MySQL 接受较大的请求。',
    fix: '把 max_allowed_packet 调到 64M，然后重启各服务器。',
  },
  database_session: {
    name: '会话设置',
    what: '数据库连接保持 READ COMMITTED、UTC 和所设的 SQL 模式。',
    fix: '中间的代理在语句之间换了连接：改用会话级连接池，或直接连接数据库。',
  },
  database_clock: {
    name: '数据库时钟',
    what: '本服务器与数据库的时间一致。',
    fix: '为两台机器配置时间同步（chrony 或 ntpd），然后重启本服务器。',
  },
  merchant_database: {
    name: '商户数据库',
    what: 'merchant/ 能读取 MERCHANT_DATABASE_URL 的数据库，账号只有读权限。',
    fix: '为它单独建库，并使用只有 SELECT 权限的账号。',
  },
  database: { name: '数据库文件', what: '每一页都能读取且完好。', fix: '按 docs/backup.zh-CN.md 恢复备份。' },
  timers: {
    name: '定时任务',
    what: '消息按时处理，运行数据按时记录。',
    fix: '用微信开发者工具上传触发器，并查看其日志。',
  },
  trigger_token: {
    name: '云调用令牌',
    what: '最近没有定时任务缺少云调用令牌。',
    fix: '用微信开发者工具上传它的触发器。',
  },
  api_keys: {
    name: 'API v3 密钥',
    what: '持有验证所需的密钥；更换期间新旧都在。',
    fix: '按 docs/keys.zh-CN.md 更换或配置密钥。',
  },
  notify_url: {
    name: '回调地址',
    what: '给微信支付的地址是公网 https 地址，经反向代理能访问到本服务。',
    fix: '设置 server.publicUrl（docs/server.zh-CN.md）。',
  },
  signed_call: {
    name: '签名调用',
    what: '微信支付接受我方签名，我方也能验证其应答。',
    fix: '按 docs/keys.zh-CN.md 核对私钥、证书与公钥。',
  },
  wechat_clock: { name: '与微信支付的时差', what: '本机时钟与微信支付一致。', fix: '用 NTP 对时。' },
  echo_call: { name: '服务商调用', what: '/v3/security/echo 有应答。', fix: '按提示中微信支付的应答处理。' },
  cloud_run_call: {
    name: '云托管调用',
    what: '微信支付通过云托管的开放接口服务应答查单。',
    fix: '在云托管控制台打开“开放接口服务”并重新发布版本；完成商户号授权；只能在云托管的容器内运行。',
  },
  cloud_run_environment: {
    name: '云托管环境',
    what: '通知发往当前容器所在的环境。',
    fix: '删除 config.json 中的 envId，或改为当前环境的完整 ID。',
  },
  cloud_run_callbacks: {
    name: '云托管回调',
    what: '回调经查单确认后才采信。',
    fix: '在云托管控制台确认该服务的公网访问已关闭；否则删除 server.publicAccess。',
  },
  store_inbox: {
    name: '存储：收件箱',
    what: '该集合或表有应答。',
    fix: '按 docs/deploy.zh-CN.md 第 3 步创建。',
  },
  store_orders: {
    name: '存储：订单',
    what: '该集合或表有应答。',
    fix: '按 docs/deploy.zh-CN.md 第 3 步创建。',
  },
  store_refunds: {
    name: '存储：退款',
    what: '该集合或表有应答。',
    fix: '按 docs/deploy.zh-CN.md 第 3 步创建。',
  },
  store_discrepancies: {
    name: '存储：差异',
    what: '该集合或表有应答。',
    fix: '按 docs/deploy.zh-CN.md 第 3 步创建。',
  },
  store_statement_runs: {
    name: '存储：对账',
    what: '该集合或表有应答。',
    fix: '按 docs/deploy.zh-CN.md 第 3 步创建。',
  },
  store_audit: {
    name: '存储：操作记录',
    what: '该集合或表有应答。',
    fix: '按 docs/deploy.zh-CN.md 第 3 步创建。',
  },
  store_figures: {
    name: '存储：运行数据',
    what: '该集合或表有应答。',
    fix: '按 docs/deploy.zh-CN.md 第 3 步创建。',
  },
  store_alarms: {
    name: '存储：告警',
    what: '该集合或表有应答。',
    fix: '按 docs/deploy.zh-CN.md 第 3 步创建。',
  },
};

/** How a finding of each level begins in Chinese. */
const STANDING = { ok: '', warning: '未满足：', error: '未满足：', unknown: '无法确认：' } as const;

/**
 * A finding in Chinese: what holds, or that it does not; null for a check without words. Pure.
 */
export function findingInChinese({
  check,
  level,
}: {
  readonly check: string;
  readonly level: keyof typeof STANDING;
}): CheckWords | null {
  const words = Object.hasOwn(CHECKS_ZH, check) ? CHECKS_ZH[check] : undefined;
  return words === undefined ? null : { ...words, what: `${STANDING[level]}${words.what}` };
}
