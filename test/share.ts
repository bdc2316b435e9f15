/**
 * How many random cases a property is played with: some at every `npm test`, many where `WXPAY_TEST_SHARE` is `all`, as in
 * `npm run test:long`. Cases that somebody wrote down are never left out by this.
 */
export function cases(of: { readonly everyTime: number; readonly all: number }): number {
  return process.env['WXPAY_TEST_SHARE'] === 'all' ? of.all : of.everyTime;
}
