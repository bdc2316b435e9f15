import { useState } from 'preact/hooks';
import { beginSession, openClient, type Failure } from '../api/client';
import { apiPlace, asksForAddress, forgetToken, keepRemote, typedAddress } from '../api/place';
import { failureText } from '../language/say';
import type { Words } from '../language/en';

/** Asks for a token, and for the API's address where the page does not know it. */
export function SignIn({
  words,
  failure,
  onSignedIn,
}: {
  readonly words: Words;
  /** Why the last attempt failed; null before the first. */
  readonly failure: Failure | null;
  readonly onSignedIn: () => void;
}) {
  const place = apiPlace();
  const [token, setToken] = useState('');
  const [address, setAddress] = useState(place.base ?? '');
  const [problem, setProblem] = useState<string | null>(
    failure === null ? null : failureText(words, failure),
  );
  const signIn = async (): Promise<void> => {
    if (place.kind === 'same_origin') {
      const refused = await beginSession(token);
      if (refused === null) onSignedIn();
      else setProblem(failureText(words, refused));
      return;
    }
    const base = asksForAddress() ? typedAddress(address) : place.base;
    if (base === null) {
      setProblem(words.signIn.badAddress);
      return;
    }
    keepRemote(base, token);
    const tried = await openClient(apiPlace()).ask('overview', {});
    if (tried.ok) {
      onSignedIn();
      return;
    }
    forgetToken();
    setProblem(failureText(words, tried.failure));
  };
  return (
    <main class="sign-in" id="content">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void signIn();
        }}
      >
        <h1>wxpay-inbox</h1>
        <p>{words.signIn.lead}</p>
        {asksForAddress() ? (
          <label class="field">
            <span>{words.signIn.address}</span>
            <input
              type="url"
              required
              value={address}
              onInput={(event) => setAddress(event.currentTarget.value)}
            />
            <small>{words.signIn.addressHelp}</small>
          </label>
        ) : null}
        <label class="field">
          <span>{words.signIn.token}</span>
          <input
            type="password"
            autoComplete="current-password"
            required
            autofocus
            value={token}
            onInput={(event) => setToken(event.currentTarget.value)}
          />
          <small>{words.signIn.tokenHelp}</small>
        </label>
        <p class="problem" role="alert">
          {problem}
        </p>
        <button type="submit" class="primary">
          {words.signIn.submit}
        </button>
      </form>
    </main>
  );
}
