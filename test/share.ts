/**
 * How many random cases of a property run: some at every `npm test`, many where `WXPAY_TEST_SHARE`
 * is `all`, as in `npm run test:long`. Explicit cases always run.
 */
export function cases(of: { readonly everyTime: number; readonly all: number }): number {
  return process.env['WXPAY_TEST_SHARE'] === 'all' ? of.all : of.everyTime;
}
