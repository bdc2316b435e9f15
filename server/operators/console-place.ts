/** A file name of the console's site. */
export type ConsoleFileName =
  'index.html' | 'console.js' | 'console.css' | 'icon.svg' | 'manifest.webmanifest';

/** A part of the script that is loaded on demand. The hash of its content names it. */
export type ConsolePartName = `part-${string}.js`;

/** The console as files, ready for any web server. */
export type ConsoleFiles = Readonly<Record<ConsoleFileName | ConsolePartName, string>>;

/** True for the name of a part as the build gives it. */
export function isConsolePart(name: string): name is ConsolePartName {
  return /^part-[A-Z0-9]{8}\.js$/.test(name);
}

/** Where a console will be served. */
export interface ConsolePlace {
  /**
   * The operator API: a path of the same origin, an https:// address, or null to ask for it at
   * sign-in.
   */
  readonly opsUrl: string | null;
  /** The demo page; null where there is none. */
  readonly demoUrl: string | null;
  /** True when no server adds the content security policy, so the page must contain it. */
  readonly ownPolicy: boolean;
}

/** Where this server serves it: the operator API beside it, and the demo page while simulated. */
export function servedPlace(simulated: boolean): ConsolePlace {
  return { opsUrl: '/ops/api', demoUrl: simulated ? '/' : null, ownPolicy: false };
}

/** Makes the console's files for a place. Rejects when that fails. */
export type ConsoleBuild = (place: ConsolePlace) => Promise<ConsoleFiles>;

/**
 * Allows the console's own files and the operator API only: no inline script, nothing of another
 * site. When the API becomes known only at sign-in, any https:// address is allowed.
 */
export function consolePolicy({ opsUrl }: Pick<ConsolePlace, 'opsUrl'>): string {
  const api = opsUrl === null ? ' https:' : opsUrl.startsWith('/') ? '' : ` ${new URL(opsUrl).origin}`;
  return `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; manifest-src 'self'; connect-src 'self'${api}; base-uri 'none'; form-action 'none'`;
}

/** The page with its policy, where it needs one, and the addresses it asks. */
export function placed(page: string, place: ConsolePlace): string {
  const meta = (name: string, content: string) =>
    `<meta ${name} content="${content.replaceAll('"', '&quot;')}" />`;
  const lines = [
    ...(place.ownPolicy ? [meta('http-equiv="Content-Security-Policy"', consolePolicy(place))] : []),
    meta('name="wxpay-inbox-ops"', place.opsUrl ?? ''),
    meta('name="wxpay-inbox-demo"', place.demoUrl ?? ''),
  ];
  return page.replace('<!-- place -->', lines.join('\n    '));
}
