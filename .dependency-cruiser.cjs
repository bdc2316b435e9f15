/**
 * The floors (docs/architecture.md), checked by `npm run structure`. Within `lib`, a folder only
 * imports folders of its own floor or of an earlier one in this list.
 */
const FLOORS = [
  ['values'],
  ['runtime'],
  ['config'],
  ['model'],
  ['bill'],
  ['wechat'],
  ['rules'],
  ['store'],
  ['trace'],
  ['inbox', 'orders', 'refunds', 'statement', 'retention', 'archive'],
  ['ops', 'robots', 'webhook'],
  ['doctor'],
  ['hosting'],
];
const USE_CASES = 'inbox|orders|refunds|statement|retention|ops';
const ADAPTERS = 'archive/(cloudbase|disk|mysql)|robots|store/(cloudbase|sqlite|mysql)|wechat/cloudpay';
const SDK_USERS = 'store/cloudbase|wechat/cloudpay|archive/cloudbase|hosting';
const PRODUCTION = 'functions|workers|merchant|lib|server|console|simulator|accountant|operator';

/** A folder of `lib` that is on no floor is an error: the list above must name it. */
const onNoFloor = {
  name: 'every-room-has-a-floor',
  severity: 'error',
  from: {},
  to: { path: '^lib/', pathNot: `^lib/(${FLOORS.flat().join('|')})/` },
};

const floorRules = FLOORS.slice(0, -1).map((floor, level) => ({
  name: `imports-point-down-from-${floor.join('-')}`,
  severity: 'error',
  from: { path: `^lib/(${floor.join('|')})/` },
  to: {
    path: `^lib/(${FLOORS.slice(level + 1)
      .flat()
      .join('|')})/`,
  },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'not-to-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    onNoFloor,
    ...floorRules,
    {
      name: 'functions-and-workers-import-lib-only',
      comment: 'A function or worker takes what it needs from lib, never from another.',
      severity: 'error',
      from: { path: '^(functions|workers)/([^/]+)/' },
      to: { pathNot: ['^lib/', '^$1/$2/'] },
    },
    {
      name: 'merchant-only-through-hosting',
      comment:
        'What a merchant edits is reached by `#merchant/…` in lib/hosting/merchant, where a test puts its shop.',
      severity: 'error',
      from: { pathNot: '^(merchant|lib/hosting/merchant)/' },
      to: { path: '^merchant/' },
    },
    {
      name: 'lib-imports-nothing-outside-it',
      severity: 'error',
      from: { path: '^lib/', pathNot: '^lib/hosting/merchant/' },
      to: {
        path: '^(functions|workers|merchant|server|simulator|console|accountant|operator|test|bench|scripts)/',
      },
    },
    {
      name: 'use-cases-see-ports-not-adapters',
      comment: 'Use cases know the ports. Adapters are chosen in hosting/ and server/, once per runtime.',
      severity: 'error',
      from: { path: `^lib/(${USE_CASES})/` },
      to: { path: `^lib/(${ADAPTERS})/` },
    },
    {
      name: 'channel-chosen-once-per-runtime',
      comment:
        'Each runtime chooses channels in its wechat-pay.ts; call-… hold what a cloud bundle may lack.',
      severity: 'error',
      from: {
        path: `^(${PRODUCTION})/`,
        pathNot: '/wechat-pay\\.ts$|^lib/wechat/|^lib/hosting/cloud/money/call-',
      },
      to: { path: '^lib/wechat/[^/]+/(adapter|channels)\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'traces-only-where-configured',
      comment: 'A server loads traces on demand, and a cloud bundle carries them by #cloud/trace.',
      severity: 'error',
      from: { path: `^(${PRODUCTION})/`, pathNot: '^lib/(trace/|hosting/cloud/trace-runs\\.ts$)' },
      to: {
        path: '^lib/trace/',
        pathNot: '^lib/trace/port\\.ts$',
        dynamic: false,
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'sdk-only-in-its-adapters',
      severity: 'error',
      from: { path: `^(${PRODUCTION})/`, pathNot: `^lib/(${SDK_USERS})/` },
      to: { path: 'node_modules/(wx-server-sdk|@cloudbase)' },
    },
    {
      name: 'sqlite-only-in-its-adapter',
      severity: 'error',
      from: { path: `^(${PRODUCTION})/`, pathNot: '^lib/store/sqlite/' },
      to: { path: 'node_modules/libsql' },
    },
    {
      name: 'mysql-only-in-its-adapter',
      severity: 'error',
      from: { path: `^(${PRODUCTION})/`, pathNot: '^lib/store/mysql/' },
      to: { path: 'node_modules/mysql2' },
    },
    {
      name: 'simulator-stands-alone',
      comment:
        'The simulator plays WeChat Pay: it shares the protocol vocabulary, never the code under test.',
      severity: 'error',
      from: { path: '^simulator/' },
      to: {
        path: '^(functions|workers|merchant|server|console|lib/(inbox|orders|refunds|rules|store|ops|hosting|config|wechat/(cloudpay|v3|cloudrun)))/',
      },
    },
    {
      name: 'console-takes-types-and-values-only',
      comment:
        'The console runs in a browser: of lib it takes types, the code of lib/values, the rules of the API and the papers of a day and a month.',
      severity: 'error',
      from: { path: '^console/' },
      to: {
        path: '^lib/',
        pathNot: '^lib/(values/|statement/(report|month)/|ops/(actions|api|changed|bulk/bulk-api)\\.ts$)',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'api-carries-no-server-code',
      comment: 'The console’s bundle carries the values of these files, and nothing behind them.',
      severity: 'error',
      from: { path: '^lib/ops/(actions|api|changed|bulk/bulk-api)\\.ts$' },
      to: { dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'console-stands-alone',
      severity: 'error',
      from: { path: '^console/' },
      to: { path: '^(functions|workers|merchant|server|simulator|accountant|operator|test|bench|scripts)/' },
    },
    {
      name: 'accountant-stands-alone',
      comment: 'The accountant’s command compares files; it needs no server, no store and no simulator.',
      severity: 'error',
      from: { path: '^accountant/' },
      to: {
        path: '^(functions|workers|merchant|server|console|operator|simulator|test|bench|scripts|lib/(store|hosting))/',
      },
    },
    {
      name: 'operator-stands-alone',
      comment: 'The operator’s commands speak to the API; the doctor also reads the checkout and the build.',
      severity: 'error',
      from: { path: '^operator/' },
      to: { path: '^(functions|workers|merchant|console|simulator|test|bench)/' },
    },
    {
      name: 'production-does-not-import-tests-or-dev-packages',
      severity: 'error',
      from: { path: `^(${PRODUCTION})/` },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsPreCompilationDeps: true,
    skipAnalysisNotInRules: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
