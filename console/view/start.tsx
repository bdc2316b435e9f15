import type { Failure } from '../api/client';
import type { Words } from '../language/en';
import { failureText } from '../language/say';
import { useLong } from './parts';

/** Shown before the first answer: after a moment that it is loading, or why there is none. */
export function Start({
  words,
  failure,
  onAgain,
}: {
  readonly words: Words;
  readonly failure: Failure | null;
  readonly onAgain: () => void;
}) {
  const long = useLong(failure === null);
  if (failure === null) {
    return (
      <main id="content" class="sign-in" aria-busy="true">
        <p role="status">{long ? words.page.loading : ''}</p>
      </main>
    );
  }
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
