/**
 * The SDK's types allow for its callback style, in which a method returns nothing. Narrows an
 * awaited method's result to what it always is without callbacks; throws when it is not.
 */
export function settled<Result>(result: Result): Extract<Result, object> {
  if (isSettled(result)) return result;
  throw new TypeError('the SDK answered with nothing');
}

function isSettled<Result>(result: Result): result is Extract<Result, object> {
  return typeof result === 'object' && result !== null;
}
