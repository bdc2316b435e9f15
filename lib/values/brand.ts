declare const brand: unique symbol;

/**
 * A primitive that only its guard can create. `Brand<number, 'Fen'>` is a number at run time but a
 * distinct type to the compiler, so fen cannot be passed where milliseconds are expected.
 */
export type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };
