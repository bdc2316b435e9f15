import type { Failure } from '../api/client';
import type { Words } from '../language/en';
import { failureText } from '../language/say';

/** Shown before the first answer: nothing, or why there is none. */
export function Start({
  words,
  failure,
  onAgain,
}: {
  readonly words: Words;
  readonly failure: Failure | null;
  readonly onAgain: () => void;
}) {
  if (failure === null) return <main id="content" aria-busy="true" />;
  return (
    <main class="sign-in" id="content">
      <div class="trouble" role="alert">
        <h1>{words.trouble.title}</h1>
        <p>{failureText(words, failure)}</p>
        <button type="button" onClick={onAgain}>
          {words.trouble.again}
        </button>
      </div>
    </main>
  );
}
