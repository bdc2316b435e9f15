import { useEffect, useState } from 'preact/hooks';
import { fieldInstant } from '../reading/time';
import type { Route } from '../route';
import { useSession } from '../session';
import { Go } from './parts';

/** One choice among a few, as links whose address names it. */
export function Tabs<Choice extends string>({
  name,
  choices,
  chosen,
  label,
  count,
  route,
}: {
  readonly name: string;
  readonly choices: readonly Choice[];
  readonly chosen: Choice;
  readonly label: (choice: Choice) => string;
  readonly count?: (choice: Choice) => number | null;
  readonly route: (choice: Choice) => Route;
}) {
  return (
    <nav class="tabs" aria-label={name}>
      {choices.map((choice) => {
        const n = count?.(choice) ?? null;
        return (
          <Go key={choice} to={route(choice)} aria-current={choice === chosen ? 'page' : undefined}>
            {label(choice)}
            {n === null ? null : <span class="number">{n}</span>}
          </Go>
        );
      })}
    </nav>
  );
}

/** One choice among many, or none of them. */
export function Choice<Value extends string>({
  name,
  choices,
  chosen,
  label,
  none,
  route,
}: {
  readonly name: string;
  readonly choices: readonly Value[];
  readonly chosen: Value | null;
  /** The text of no choice; null where one is always chosen. Absent: all. */
  readonly none?: string | null;
  readonly label: (choice: Value) => string;
  readonly route: (choice: Value | null) => Route;
}) {
  const { words, go } = useSession();
  return (
    <label class="filter">
      <span>{name}</span>
      <select
        value={chosen ?? ''}
        onChange={(event) => {
          const { value } = event.currentTarget;
          go(route(choices.find((choice) => choice === value) ?? null));
        }}
      >
        {none === null ? null : <option value="">{none ?? words.filter.all}</option>}
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {label(choice)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** A span of Beijing time, either end open. */
export function Times({
  from,
  to,
  route,
}: {
  readonly from: string | null;
  readonly to: string | null;
  readonly route: (from: string | null, to: string | null) => Route;
}) {
  const { words, go } = useSession();
  const [typed, setTyped] = useState({ from: from ?? '', to: to ?? '' });
  useEffect(() => {
    setTyped({ from: from ?? '', to: to ?? '' });
  }, [from, to]);
  return (
    <form
      class="times"
      onSubmit={(event) => {
        event.preventDefault();
        go(route(typed.from || null, typed.to || null));
      }}
    >
      <TimeField
        name={words.filter.from}
        value={typed.from}
        onValue={(value) => setTyped({ ...typed, from: value })}
      />
      <TimeField
        name={words.filter.to}
        value={typed.to}
        onValue={(value) => setTyped({ ...typed, to: value })}
      />
      <button type="submit">{words.filter.apply}</button>
      {from === null && to === null ? null : <Go to={route(null, null)}>{words.filter.clear}</Go>}
    </form>
  );
}

/** A field for an instant as Beijing wall time. */
export function TimeField({
  name,
  value,
  onValue,
}: {
  readonly name: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
}) {
  const { words } = useSession();
  const bad = value !== '' && fieldInstant(value) === null;
  return (
    <label class="filter">
      <span>{name}</span>
      <input
        type="datetime-local"
        value={value}
        aria-invalid={bad}
        title={bad ? words.filter.badTime : words.page.beijing}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
    </label>
  );
}
