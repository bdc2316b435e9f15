/* The part of js-yaml that tests use; it has no types of its own. */
declare module 'js-yaml' {
  /** Every document of a text. Throws for a text that is not YAML. */
  export function safeLoadAll(text: string): readonly unknown[];
}
