declare const brand: unique symbol;

/**
 * A primitive that only its own guard can make. `Brand<number, 'Fen'>` is a number to the machine
 * and a type of its own to the compiler, so fen cannot be passed where milliseconds are expected.
 */
export type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };
