/**
 * How many random cases of a property run: some at every `npm test`, many where `WXPAY_TEST_SHARE`
 * is `all`, as in `npm run test:long`. Explicit cases always run.
 */
export function cases<Share>(of: { readonly everyTime: Share; readonly all: Share }): Share {
  return process.env['WXPAY_TEST_SHARE'] === 'all' ? of.all : of.everyTime;
}
