import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Fen } from '../../lib/values/fen';
import type { Instant } from '../../lib/values/instant';
import { failureText } from '../language/say';
import type { Failure } from '../api/client';
import { yuan } from '../../lib/values/yuan';
import { moment, shortMoment, span } from '../reading/time';
import { hrefOf, type Route } from '../route';
import { useSession } from '../session';

/**
 * The colour of a state. Its name always accompanies it, so that colour alone carries no meaning.
 */
export type Tone = 'good' | 'bad' | 'warn' | 'quiet' | 'plain';

/** A state as a word with a mark. */
export function Chip({ tone, children }: { readonly tone: Tone; readonly children: ComponentChildren }) {
  return <span class={`chip ${tone}`}>{children}</span>;
}

/** An amount in yuan. */
export function Money({ fen }: { readonly fen: Fen }) {
  return <span class="money">{yuan(fen)}</span>;
}

/** An instant in Beijing time: short on the screen, complete in its title. */
export function Moment({ at, whole = false }: { readonly at: Instant; readonly whole?: boolean }) {
  const { now } = useSession();
  return (
    <time dateTime={new Date(at).toISOString()} title={moment(at)}>
      {whole ? moment(at) : shortMoment(at, now())}
    </time>
  );
}

/** A span of time. */
export function Span({ ms }: { readonly ms: number }) {
  const { words } = useSession();
  return <span class="number">{span(ms, words.units)}</span>;
}

/** A link to a place in the console. */
export function Go({
  to,
  children,
  ...rest
}: {
  readonly to: Route;
  readonly children: ComponentChildren;
  readonly class?: string;
  readonly 'aria-current'?: 'page' | undefined;
  readonly 'data-row-link'?: boolean;
}) {
  return (
    <a href={hrefOf(to)} {...rest}>
      {children}
    </a>
  );
}

/** A number or key in a font with unambiguous characters. */
export function Code({ children }: { readonly children: ComponentChildren }) {
  return <code>{children}</code>;
}

/** Facts as names with values. */
export function Facts({ children }: { readonly children: ComponentChildren }) {
  return <dl class="facts">{children}</dl>;
}

/** One fact; nothing when there is no value. */
export function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  if (children === null || children === undefined || children === false || children === '') return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** A part of a screen with a heading. */
export function Panel({
  title,
  aside,
  children,
  id,
}: {
  readonly title: string;
  readonly aside?: ComponentChildren;
  readonly children: ComponentChildren;
  readonly id: string;
}) {
  return (
    <section class="panel" aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}

/** The text of an empty list. */
export function Empty({ what }: { readonly what: readonly string[] }) {
  const [title = '', why = ''] = what;
  return (
    <div class="empty">
      <strong>{title}</strong>
      <p>{why}</p>
    </div>
  );
}

/** A failure and its fix. */
export function Trouble({ failure }: { readonly failure: Failure }) {
  const { words, refresh } = useSession();
  return (
    <div class="trouble" role="alert">
      <strong>{words.trouble.title}</strong>
      <p>{failureText(words, failure)}</p>
      <button type="button" onClick={() => refresh('reading')}>
        {words.trouble.again}
      </button>
    </div>
  );
}

/** True once loading takes long enough to show a sign; quick answers show none. */
export function useLong(waiting: boolean): boolean {
  const [long, setLong] = useState(false);
  useEffect(() => {
    if (!waiting) {
      setLong(false);
      return;
    }
    const timer = setTimeout(() => {
      setLong(true);
    }, LONG_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [waiting]);
  return waiting && long;
}

const LONG_MS = 250;

/** A thin line that shows loading. It takes no space. */
export function Waiting({ waiting }: { readonly waiting: boolean }) {
  const { words } = useSession();
  const long = useLong(waiting);
  return (
    <div class={long ? 'waiting on' : 'waiting'} role="status">
      {long ? <span class="hidden">{words.page.loading}</span> : null}
    </div>
  );
}

/**
 * What a screen shows without an answer: the failure, or space for the answer, which says after a
 * moment that it is loading.
 */
export function Pending({ failure }: { readonly failure: Failure | null }) {
  const { words } = useSession();
  const long = useLong(failure === null);
  if (failure !== null) return <Trouble failure={failure} />;
  return (
    <div class="room" role="status">
      {long ? words.page.loading : ''}
    </div>
  );
}

/** Long text that opens on request. */
export function Fold({
  title,
  open = false,
  children,
}: {
  readonly title: string;
  readonly open?: boolean;
  readonly children: ComponentChildren;
}) {
  return (
    <details class="fold" open={open}>
      <summary>{title}</summary>
      {children}
    </details>
  );
}
