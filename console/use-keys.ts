import { useEffect, useRef } from 'preact/hooks';
import { isTyping, moveRow, outcomeOf, selectRow } from './keyboard';
import { placeRoute } from './route';
import type { Session } from './session';
import { go, goUp } from './use-route';

/** Listens to the keys of the whole page; not while it is `asleep`, nor while a dialog is open. */
export function useKeys(asleep: boolean, refresh: Session['refresh'], help: () => void): void {
  const latest = useRef({ asleep, refresh, help });
  latest.current = { asleep, refresh, help };
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const { asleep: sleeping, refresh: again, help: show } = latest.current;
      if (sleeping || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      if (document.querySelector('dialog[open]') !== null) return;
      const typing = isTyping(event.target);
      const outcome = outcomeOf(event.key, typing);
      if (outcome === null) return;
      event.preventDefault();
      switch (outcome.kind) {
        case 'search':
          document.getElementById('search')?.focus();
          break;
        case 'next_row':
          moveRow(1);
          break;
        case 'previous_row':
          moveRow(-1);
          break;
        case 'select':
          selectRow();
          break;
        case 'next_page':
          document.querySelector<HTMLElement>('.next-page')?.click();
          break;
        case 'refresh':
          again('reading');
          break;
        case 'help':
          show();
          break;
        case 'back':
          if (typing && event.target instanceof HTMLElement) event.target.blur();
          else goUp();
          break;
        case 'place':
          go(placeRoute(outcome.place));
          break;
      }
    };
    addEventListener('keydown', pressed);
    return () => {
      removeEventListener('keydown', pressed);
    };
  }, []);
}
