/** What `npm run test:runtimes` runs on another Node.js than the tests themselves. */
const VARIABLES = { functions: 'WXPAY_FUNCTION_NODE', servers: 'WXPAY_SERVER_NODE' } as const;

/** The Node.js that runs built functions, or built servers: this one, unless told otherwise. */
export function nodeOf(what: keyof typeof VARIABLES): string {
  return process.env[VARIABLES[what]] ?? process.execPath;
}
