import type { OpsOperations } from '../../lib/ops/api';
import { formatBeijing } from '../../lib/values/instant';
import type { Words } from '../language/en';
import { actionText, causeText, eventText, pathText } from '../language/say';
import { oneOf, CHOICES } from '../route';
import { runName } from '../reading/names';
import { storyOf, type StoryLine } from '../reading/story';
import { useSession } from '../session';
import { Code, Go } from './parts';

/**
 * An order's timeline: every history line of every document about it, in order, with a heading per
 * day.
 */
export function Timeline({ shown }: { readonly shown: OpsOperations['show_order']['answer'] }) {
  const { words } = useSession();
  const lines = storyOf(shown);
  return (
    <ol class="timeline">
      {lines.map((line, n) => {
        const day = formatBeijing(line.at, 'YYYY-MM-DD');
        const before = lines[n - 1];
        const isFirstOfDay = before === undefined || formatBeijing(before.at, 'YYYY-MM-DD') !== day;
        return (
          // Lines are only ever added at the end, and two may be equal.
          <li key={n} class={`${line.source} ${line.tone}`}>
            {isFirstOfDay ? <h3>{day}</h3> : null}
            <time dateTime={new Date(line.at).toISOString()}>
              {formatBeijing(line.at, 'HH:mm:ss')}
              <small>{formatBeijing(line.at, '.SSS')}</small>
            </time>
            <div>
              <span class="source">{words.source[line.source]}</span>
              <strong>{textOf(words, line)}</strong> <span class="by">{pathText(words, line.by)}</span>
              {line.reason === null ? null : <q>{line.reason}</q>}
              <Detail line={line} />
            </div>
          </li>
        );
      })}
    </ol>
  );
}

function textOf(words: Words, { source, event }: StoryLine): string {
  return source === 'operator' ? actionText(words, event) : eventText(words, event);
}

function Detail({ line }: { readonly line: StoryLine }) {
  const { words } = useSession();
  if (line.detail === null) return null;
  const text = detailText(words, line, line.detail);
  return (
    <div class="evidence">
      {line.route === null ? (
        <Code>{text}</Code>
      ) : (
        <Go to={line.route}>
          <Code>{text}</Code>
        </Go>
      )}
    </div>
  );
}

function detailText(words: Words, { source, event }: StoryLine, detail: string): string {
  if (source === 'discrepancy') {
    const discrepancyClass = oneOf(CHOICES.class, detail);
    return discrepancyClass === null ? detail : words.discrepancy.class[discrepancyClass];
  }
  if (source === 'operator') return known(words.recorded.outcome, detail);
  if (source === 'message' && event === 'applied') return known(words.message.outcome, detail);
  if (source === 'message' && event === 'dead') return causeText(words, detail);
  return runName(detail);
}

function known(texts: Readonly<Record<string, string>>, name: string): string {
  return texts[name] ?? name;
}
