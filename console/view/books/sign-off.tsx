import { useState } from 'preact/hooks';
import type { SignedFile } from '../../../lib/model/operators/sign-off';
import { API_LIMITS } from '../../../lib/ops/api';
import type { ShownSignOff } from '../../../lib/ops/books-api';
import { MONTH_WORDS } from '../../../lib/statement/month/words';
import type { BooksChange } from '../../../lib/statement/books/day-books';
import type { SignOffStanding } from '../../../lib/statement/books/sign-off-standing';
import type { Failure, Outcome } from '../../api/client';
import { eventText, failureText, pathText } from '../../language/say';
import { dayText } from '../../reading/time';
import { useSession } from '../../session';
import { Chip, Code, Fact, Facts, Fold, Moment, Panel, type Tone } from '../parts';

/** The tone of how books are signed. */
export const SIGN_OFF_TONES: Readonly<Record<SignOffStanding, Tone>> = {
  unsigned: 'plain',
  signed: 'good',
  amended: 'warn',
  not_kept: 'quiet',
};

/** How books are signed, as a chip. */
export function SignedChip({ standing }: { readonly standing: SignOffStanding }) {
  const { language } = useSession();
  return <Chip tone={SIGN_OFF_TONES[standing]}>{MONTH_WORDS[language].signed[standing]}</Chip>;
}

/** The sign-off of a day or month: who signed what, what has changed since, and the forms. */
export function SignOffPanel({ shown }: { readonly shown: ShownSignOff }) {
  const { words, overview } = useSession();
  const { signOff: texts } = words.books;
  const { signOff, standing, whyNot, files } = shown;
  const mayTry = overview.may.includes('sign');
  return (
    <Panel id="sign-off" title={texts.title} aside={<SignedChip standing={standing} />}>
      <p class="about">{texts.lead}</p>
      {signOff === null ? null : (
        <Facts>
          <Fact name={texts.signature}>
            {signOff.signature.who} · <Moment at={signOff.signature.at} whole />
            {signOff.signature.note === null ? null : <q>{signOff.signature.note}</q>}
          </Fact>
          <Fact name={texts.amendments}>
            {signOff.amendments.length === 0
              ? null
              : signOff.amendments.map(({ at, who, reason }, n) => (
                  <div key={n}>
                    <Moment at={at} /> {who} <q>{reason}</q>
                  </div>
                ))}
          </Fact>
        </Facts>
      )}
      <Changes changes={shown.changes} />
      {files.length === 0 ? null : (
        <Fold title={texts.files}>
          <Files now={files} signed={signOff?.signature.files ?? null} />
        </Fold>
      )}
      {signOff === null || signOff.earlier.length === 0 ? null : (
        <Fold title={texts.earlier}>
          <ul class="plain-list">
            {signOff.earlier.map(({ signature, amendments }, n) => (
              <li key={n}>
                <Moment at={signature.at} whole /> {signature.who}
                {amendments.map(({ who, reason }, m) => (
                  <div key={m}>
                    {who} <q>{reason}</q>
                  </div>
                ))}
              </li>
            ))}
          </ul>
        </Fold>
      )}
      {mayTry && whyNot !== null ? <p>{texts.whyNot[whyNot]}</p> : null}
      {mayTry ? <Forms shown={shown} /> : null}
    </Panel>
  );
}

/** What has changed since books were signed. */
function Changes({ changes }: { readonly changes: readonly BooksChange[] }) {
  const { words, language } = useSession();
  if (changes.length === 0) return null;
  const texts = MONTH_WORDS[language];
  return (
    <>
      <h3>{texts.label.changes}</h3>
      <ul class="plain-list">
        {changes.slice(0, CHANGES_SHOWN).map(({ what, day, at, item, by, reason }, n) => (
          <li key={n}>
            {at === null ? dayText(day) : <Moment at={at} whole />} <strong>{texts.change[what]}</strong>{' '}
            {item === null ? null : <Code>{item}</Code>} {by === null ? null : pathText(words, by)}{' '}
            {reason === null ? null : <q>{what === 'run' ? eventText(words, reason) : reason}</q>}
          </li>
        ))}
      </ul>
      {changes.length > CHANGES_SHOWN ? <p>+ {changes.length - CHANGES_SHOWN}</p> : null}
    </>
  );
}

/** More changes than this are in the month's file. */
const CHANGES_SHOWN = 50;

function Files({
  now,
  signed,
}: {
  readonly now: readonly SignedFile[];
  readonly signed: readonly SignedFile[] | null;
}) {
  const { words } = useSession();
  const { signOff: texts } = words.books;
  return (
    <ul class="plain-list files">
      {now.map(({ kind, day, sha256 }) => {
        const before = signed?.find((one) => one.kind === kind && one.day === day);
        return (
          <li key={`${kind} ${day ?? ''}`}>
            {texts.file[kind]} {day === null ? null : dayText(day)} · SHA-256 <Code>{sha256}</Code>{' '}
            {before === undefined ? null : before.sha256 === sha256 ? texts.same : texts.differs}
          </li>
        );
      })}
    </ul>
  );
}

function Forms({ shown }: { readonly shown: ShownSignOff }) {
  const { client, words, refresh, say, failed } = useSession();
  const { signOff: texts } = words.books;
  const { id, digest, standing, whyNot, needsNote, signOff } = shown;
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [working, setWorking] = useState(false);
  const why = text.trim();
  const send = async (asked: Promise<Outcome<'sign_off' | 'amend'>>, done: string): Promise<void> => {
    setWorking(true);
    const outcome = await asked;
    setWorking(false);
    if (outcome.ok) {
      setText('');
      setProblem(null);
      say(done);
      refresh('acting');
      return;
    }
    tell(outcome.failure);
  };
  const tell = (failure: Failure) => {
    setProblem(failureText(words, failure));
    failed(failure);
  };
  const maySign = whyNot === null && digest !== null && standing !== 'signed';
  const mayAmend = signOff !== null && standing !== 'not_kept';
  if (!maySign && !mayAmend) return null;
  return (
    <form
      class="decide"
      onSubmit={(event) => {
        event.preventDefault();
      }}
    >
      <label class="field">
        <span>{!maySign ? texts.reason : needsNote ? texts.note : texts.noteFree}</span>
        <input
          type="text"
          maxLength={API_LIMITS.reason}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <p class="problem" role="alert">
        {problem}
      </p>
      <div class="actions">
        {maySign ? (
          <button
            type="button"
            class="primary"
            disabled={working}
            onClick={() =>
              void send(
                client.ask('sign_off', { id, seen: digest, ...(why === '' ? {} : { note: why }) }),
                texts.signed,
              )
            }
          >
            {signOff === null ? texts.sign : texts.signAgain}
          </button>
        ) : null}
        {mayAmend ? (
          <button
            type="button"
            disabled={working}
            onClick={() => {
              if (why === '') setProblem(words.act.needReason);
              else void send(client.ask('amend', { id, reason: why }), texts.amended);
            }}
          >
            {texts.amend}
          </button>
        ) : null}
      </div>
    </form>
  );
}
