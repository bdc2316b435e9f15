/**
 * The rules of the house (docs/decisions/0001-the-house.md), checked on every test run.
 * @type {import('dependency-cruiser').IConfiguration}
 */
const domain = '^lib/(values|inbox|orders|refunds|discrepancies|statement|retention|ops)/';
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'not-to-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'functions-and-workers-import-lib-only',
      comment:
        'A function or worker takes what it needs from lib (and its merchant hook), never from another one.',
      severity: 'error',
      from: { path: '^(functions|workers)/([^/]+)/' },
      to: { pathNot: ['^lib/', '^merchant/', '^$1/$2/'] },
    },
    {
      name: 'lib-imports-nothing-above-it',
      severity: 'error',
      from: { path: '^lib/' },
      to: { path: '^(functions|workers|merchant|server|simulator|console|test|bench|scripts)/' },
    },
    {
      name: 'domain-sees-ports-not-adapters',
      comment: 'Domain folders know the Store and WeChatPay ports; adapters and runtimes know the domain.',
      severity: 'error',
      from: { path: domain },
      to: { path: '^lib/(archive|robots|store/(cloudbase|sqlite)|wechat/cloudpay|runtime/(cloud|server))/' },
    },
    {
      name: 'sdk-only-in-its-adapters',
      severity: 'error',
      from: {
        path: '^(functions|workers|merchant|lib|server|simulator)/',
        pathNot: '^lib/(store/cloudbase|wechat/cloudpay|runtime/cloud)/',
      },
      to: { path: 'node_modules/(wx-server-sdk|@cloudbase)' },
    },
    {
      name: 'sqlite-only-in-its-adapter',
      severity: 'error',
      from: { path: '^(functions|workers|merchant|lib|server)/', pathNot: '^lib/store/sqlite/' },
      to: { path: 'node_modules/libsql' },
    },
    {
      name: 'simulator-stands-alone',
      comment:
        'The simulator plays WeChat Pay: it may share the protocol vocabulary, never the code it is meant to test.',
      severity: 'error',
      from: { path: '^simulator/' },
      to: {
        path: '^(functions|workers|merchant|server|console|lib/(inbox|orders|refunds|store|ops|runtime|wechat/cloudpay))/',
      },
    },
    {
      name: 'console-takes-types-and-values-only',
      comment:
        'The console runs in a browser: of lib it takes the types of what the API says, and the code of lib/values. Anything else is asked of the API.',
      severity: 'error',
      from: { path: '^console/' },
      to: { path: '^lib/', pathNot: '^lib/values/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'console-stands-alone',
      severity: 'error',
      from: { path: '^console/' },
      to: { path: '^(functions|workers|merchant|server|simulator|accountant|test|bench|scripts)/' },
    },
    {
      name: 'production-does-not-import-tests-or-dev-packages',
      severity: 'error',
      from: { path: '^(functions|workers|merchant|lib|server|console|simulator)/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
