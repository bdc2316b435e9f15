/**
 * The Node.js runtimes of cloud functions that bundles run on, oldest first, as the platform spells
 * them. The platform also has Nodejs16.13, for which bundles are too new, and 26, which is not LTS
 * there.
 */
export const CLOUD_RUNTIMES = ['Nodejs18.15', 'Nodejs20.19', 'Nodejs22.21', 'Nodejs24.11'] as const;

/** A runtime of cloud functions. */
export type CloudRuntime = (typeof CLOUD_RUNTIMES)[number];

/** The newest one the platform recommends (docs.cloudbase.net, 运行环境支持, November 2026). */
export const RECOMMENDED_RUNTIME: CloudRuntime = 'Nodejs24.11';

/** The oldest major version of Node.js that bundles are built for. */
export const LEAST_CLOUD_NODE = 18;
