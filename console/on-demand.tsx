import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { useSession } from './session';
import { Pending } from './view/parts';

/** A part of the console that is loaded when it is first shown. */
export interface OnDemandPart<Part> {
  /** The part, once it is loaded; null before. */
  readonly here: () => Part | null;
  /** Loads it. Rejects when the connection fails, or when the server has a newer console. */
  readonly load: () => Promise<Part>;
}

/** A part that is loaded once. `load` is an `import()`, of which the build makes a file. */
export function onDemand<Part>(load: () => Promise<Part>): OnDemandPart<Part> {
  let here: Part | null = null;
  return {
    here: () => here,
    load: async () => {
      const loaded = await load();
      here = loaded;
      return loaded;
    },
  };
}

/** A part as far as it is loaded: null while it is on its way, or `failed`. */
export function usePart<Part extends object>(part: OnDemandPart<Part>): Part | 'failed' | null {
  const [loaded, setLoaded] = useState<{ readonly part: Part } | 'failed' | null>(null);
  useEffect(() => {
    if (part.here() !== null) return;
    let gone = false;
    const tell = (now: { readonly part: Part } | 'failed') => {
      if (!gone) setLoaded(now);
    };
    part.load().then(
      (now) => {
        tell({ part: now });
      },
      () => {
        tell('failed');
      },
    );
    return () => {
      gone = true;
    };
  }, [part]);
  return part.here() ?? (loaded === 'failed' ? 'failed' : (loaded?.part ?? null));
}

/**
 * Shows a part once it is here. A page that stayed open while its server was replaced finds its
 * parts no more: it says so, and offers to reload.
 */
export function OnDemand<Part extends object>({
  part,
  show,
}: {
  readonly part: OnDemandPart<Part>;
  readonly show: (loaded: Part) => ComponentChildren;
}) {
  const { words } = useSession();
  const loaded = usePart(part);
  if (loaded === null) {
    return (
      <div aria-busy="true">
        <Pending failure={null} />
      </div>
    );
  }
  if (loaded !== 'failed') return <>{show(loaded)}</>;
  return (
    <div class="trouble" role="alert">
      <strong>{words.trouble.title}</strong>
      <p>{words.trouble.notLoaded}</p>
      <button
        type="button"
        onClick={() => {
          location.reload();
        }}
      >
        {words.trouble.reload}
      </button>
    </div>
  );
}
