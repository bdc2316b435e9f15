/** The words, if they are all words of the union; otherwise a type that no list has. */
type All<Union extends string, Words extends readonly Union[]> = [Union] extends [Words[number]]
  ? Words
  : { readonly missing: Exclude<Union, Words[number]> };

/**
 * All words of a union that is declared by the shapes it tells apart, as a list to use at run time:
 * `allOf<Content['kind']>()('payment', …)`. A word that is left out does not compile. Plain unions
 * need no such list: they are declared as one.
 */
export function allOf<Union extends string>() {
  return <const Words extends readonly Union[]>(...words: Words & All<Union, Words>): Words => words;
}
