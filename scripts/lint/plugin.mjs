import { readFileSync } from 'node:fs';
import { builtinRules } from 'eslint/use-at-your-own-risk';

/*
 * Rules of this house that Oxlint does not have: two of ESLint's own, with the options that lie
 * beside this file. Oxlint runs them, so that nothing is parsed twice.
 */

const EXPORTS = [
  {
    selector: 'ExportDefaultDeclaration',
    message: 'Name every export: default exports hide what a module exports.',
  },
  {
    selector: 'ExportAllDeclaration',
    message: 'No barrel files: import from where a thing is defined.',
  },
  {
    selector: 'TSEnumDeclaration',
    message: 'Declare a union once, as a const array, and derive the type from it.',
  },
];

export default {
  meta: { name: 'house' },
  rules: {
    'comment-width': withOptions('max-len', [optionsIn('comment-width.json')]),
    'host-zone': withOptions('no-restricted-syntax', optionsIn('host-zone.json')),
    exports: withOptions('no-restricted-syntax', EXPORTS),
  },
};

function optionsIn(name) {
  return JSON.parse(readFileSync(new URL(`./${name}`, import.meta.url), 'utf8'));
}

/** A rule of ESLint that always has these options. */
function withOptions(name, options) {
  const { meta, create } = builtinRules.get(name);
  return {
    meta: { type: meta.type, docs: meta.docs, messages: meta.messages, schema: [] },
    create: (context) => create(Object.create(context, { options: { value: options } })),
  };
}
