import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/*
 * Parts of the SDK that a bundle omits. Each is replaced by a small stand-in that throws with its
 * name as soon as it is called or constructed, so that a part that becomes necessary is noticed.
 *
 * First ack of payCallback from the start of its process, medians of 21 interleaved rounds, 2
 * cores, Node 20:
 *
 *   a handler that stores nothing                     14 ms
 *   the SDK in node_modules, the rest bundled        158 ms
 *   bundled, without the packages of EVERYWHERE       70 ms   536 KB
 *   … and without wx-server-sdk's open API            63 ms   425 KB
 *   … and without the database's watchers             60 ms   376 KB   (built; 0.38 of unbundled)
 *   … and without keeping class names                 58 ms   355 KB   (rejected: errors in the log
 *                                                                       lose their names)
 *
 * Of the 46 ms above a bare handler the parser takes 10, modules of the first insert 18, and the
 * locale's sort order, which the SDK's signature needs, 7. On Node 18.15, which the functions run
 * on, it is 67 of 168 ms. `npm run bench` measures the first, the second and the built one again.
 */

/** Who does without these packages. A merchant's hook that imports one itself gets all of it. */
const SDK = /[\\/]node_modules[\\/](wx-server-sdk|@cloudbase)[\\/]/;

/** Packages that neither this service nor a merchant's hook can call through it. */
const EVERYWHERE = [
  '@cloudbase/ai',
  '@cloudbase/app',
  '@cloudbase/wx-cloud-client-sdk',
  // Custom login tickets.
  'jsonwebtoken',
  // Only used outside of cloud functions: the metadata service, and manually configured proxies.
  'axios',
  'http-proxy-agent',
  'https-proxy-agent',
  'web-streams-polyfill',
] as const;

/**
 * Packages that inserting and updating documents does not need: multipart forms, and answers of the
 * file storage.
 */
const IN_THE_CALLBACK = ['form-data', 'protobufjs/minimal', 'xml2js'] as const;

/** A part of a package: `file` is the end of its path. */
interface Part {
  readonly file: string;
  /** Replaces its text. Throws when the text is not the one this was written for. */
  readonly replace: (source: string, path: string) => string;
}

/** Database watchers: web sockets, and lodash for their events. */
const WATCHERS: Part = {
  file: '@cloudbase/database/dist/commonjs/realtime/websocket-client.js',
  replace: (_source, path) => standIn(path),
};

/** Error texts in 40 languages, a quarter of zod's size. Ours name fields, in English. */
const LOCALES: Part = { file: 'zod/v4/locales/index.js', replace: () => 'export {};' };

/** File storage reads answers in XML and writes none: without xml2js' builder, 70 KB less. */
const XML_BUILDER: Part = {
  file: '@cloudbase/node-sdk/dist/storage/index.js',
  replace(source, path) {
    if (!source.includes('require("xml2js")'))
      throw new Error(`${path} has another shape than @cloudbase/node-sdk 3.17: review it`);
    return source.replace('require("xml2js")', 'require("xml2js/lib/parser")');
  },
};

/** The protobuf classes of cloud.openapi: one module inside wx-server-sdk's single file. */
const OPEN_API: Part = {
  file: 'wx-server-sdk/index.js',
  replace(source, path) {
    const begin = source.indexOf('/***/ "./src/protobuf/openapi.js":');
    const end = source.indexOf('\n/***/ "./src/', begin + 1);
    if (begin < 0 || end < 0)
      throw new Error(`${path} has another shape than wx-server-sdk 4.0.2: review it`);
    return `${source.slice(0, begin)}"./src/protobuf/openapi.js": function (module) {${standIn('openapi')}},${source.slice(end)}`;
  },
};

/**
 * Omits what the function does not need. After the build it throws if any part was not found: the
 * SDK has changed then, and this list needs a review.
 */
export function absentParts(callback: boolean): Plugin {
  const packages: readonly string[] = callback ? [...EVERYWHERE, ...IN_THE_CALLBACK] : EVERYWHERE;
  const parts = callback ? [WATCHERS, OPEN_API] : [LOCALES, XML_BUILDER];
  return {
    name: 'absent-parts',
    setup(build) {
      const met = new Set<string>();
      build.onResolve({ filter: oneOf(packages) }, ({ path, importer }) => {
        if (!SDK.test(importer)) return null;
        met.add(path);
        return { path, namespace: 'absent', sideEffects: false };
      });
      build.onLoad({ filter: /.*/, namespace: 'absent' }, ({ path }) => ({ contents: standIn(path) }));
      for (const { file, replace } of parts) {
        build.onLoad({ filter: new RegExp(`/${escaped(file)}$`) }, async ({ path }) => {
          met.add(file);
          return { contents: replace(await readFile(path, 'utf8'), file), loader: 'js' };
        });
      }
      build.onEnd(() => {
        const missed = [...packages, ...parts.map(({ file }) => file)].filter((name) => !met.has(name));
        if (missed.length > 0)
          throw new Error(`the SDK no longer has ${missed.join(', ')}: update scripts/build`);
      });
    },
  };
}

/** A CommonJS module that can be imported in any way, and throws when something of it is called. */
function standIn(name: string): string {
  return `
    const absent = (name) => {
      const fail = () => { throw new Error(name + ' is not in this bundle: scripts/build/absent-parts.ts leaves it out'); };
      return new Proxy(function () {}, {
        get: (target, key) => key === 'prototype' ? target.prototype
          : typeof key === 'symbol' || key === '__esModule' || key === 'then' ? undefined
          : absent(name + '.' + key),
        apply: fail,
        construct: fail,
      });
    };
    module.exports = absent(${JSON.stringify(name)});`;
}

function oneOf(names: readonly string[]): RegExp {
  return new RegExp(`^(${names.map(escaped).join('|')})$`);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}
