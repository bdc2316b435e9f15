/** A mistake somebody could make in the code, and who has to notice it. */
export interface DeliberateFault {
  readonly name: string;
  /** The guarantee that it breaks. */
  readonly guarantee: `G${number}`;
  readonly file: string;
  /** Stands in the file exactly once, so that a fault whose place has moved is found. */
  readonly find: string;
  readonly replace: string;
  readonly caughtBy: Catcher;
}

/** Some rule of the simulation, or a test of this name. */
export type Catcher =
  | { readonly kind: 'simulation'; readonly rules: readonly [string, ...string[]] }
  | { readonly kind: 'test'; readonly file: string; readonly test: string };

/** Caught by one of these rules. */
export function rules(...names: readonly [string, ...string[]]): Catcher {
  return { kind: 'simulation', rules: names };
}

/** Caught by the tests of a file whose names contain this. */
export function testNamed(file: string, test: string): Catcher {
  return { kind: 'test', file, test };
}
