import fc from 'fast-check';

/** One thing that takes what strangers send. */
export interface Target {
  readonly name: string;
  /** How many of 1,000 cases it gets: cheap ones many, those with a disk or a socket few. */
  readonly share: number;
  /** Makes what is fuzzed and the property that holds for whatever it is sent. */
  readonly open: () => Promise<OpenTarget>;
}

/** A target that is ready. */
export interface OpenTarget {
  readonly property: fc.IAsyncProperty<[unknown]>;
  readonly close: () => Promise<void>;
}

/** Throws an error that says `what` is wrong unless the condition holds. */
export function check(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

/** A target that needs nothing but a property. */
export function pure<Value>(
  name: string,
  share: number,
  arbitrary: fc.Arbitrary<Value>,
  holds: (value: Value) => Promise<void> | void,
): Target {
  return {
    name,
    share,
    open: async () => ({ property: propertyOf(arbitrary, holds), close: async () => undefined }),
  };
}

/** The property that `holds` throws for no value, and that no value modifies a global prototype. */
export function propertyOf<Value>(
  arbitrary: fc.Arbitrary<Value>,
  holds: (value: Value) => Promise<void> | void,
): fc.IAsyncProperty<[unknown]> {
  const before = prototypes();
  return fc.asyncProperty<[unknown]>(arbitrary, async (value) => {
    // The arbitrary made it: fast-check's own type of a property forgets what of.
    await (holds as (value: unknown) => Promise<void> | void)(value);
    const after = prototypes();
    if (after !== before) throw new Error(`a prototype was changed: ${after}`);
  });
}

function prototypes(): string {
  return [Object.prototype, Array.prototype, Function.prototype]
    .map((each) => Reflect.ownKeys(each).length)
    .join(' ');
}
