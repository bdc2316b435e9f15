/** Shows how far a reading has come. */
export interface ProgressBar {
  readonly add: (count: number) => void;
  readonly end: () => void;
}

const SILENT: ProgressBar = { add: () => undefined, end: () => undefined };

/**
 * A progress bar over this many bytes, on a terminal only, so that piped output stays clean. The
 * library is loaded when there is a bar to show: it takes a third of the start of a small match.
 */
export async function progressBar(name: string, bytes: number): Promise<ProgressBar> {
  if (!process.stderr.isTTY) return SILENT;
  const { Presets, SingleBar } = await import('cli-progress');
  const format = `${name} {bar} {percentage}% {eta_formatted}`;
  const bar = new SingleBar(
    { format, stream: process.stderr, clearOnComplete: true, hideCursor: true },
    Presets.shades_classic,
  );
  bar.start(bytes, 0);
  return {
    add: (count) => {
      bar.increment(count);
    },
    end: () => {
      bar.stop();
    },
  };
}
