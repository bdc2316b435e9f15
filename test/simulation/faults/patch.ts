import type { DeliberateFault } from './fault';

/** The text of a file with the fault in it. Throws unless its place exists exactly once. */
export function withFault(text: string, { name, file, find, replace }: DeliberateFault): string {
  const [before, after, ...more] = text.split(find);
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error(
      `${name}: ${file} has its place ${more.length + (after === undefined ? 0 : 1)} times, not once`,
    );
  }
  return `${before}${replace}${after}`;
}
