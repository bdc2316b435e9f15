import { readFileSync } from 'node:fs';
import tseslint from 'typescript-eslint';

/** Code that computes a time in the host's zone: forbidden in every file. */
const hostZone = optionsIn('host-zone.json');

/** Comments are at most 100 columns wide, except for addresses; Prettier wraps the code. */
const commentWidth = optionsIn('comment-width.json');

function optionsIn(name) {
  return JSON.parse(readFileSync(new URL(`./scripts/lint/${name}`, import.meta.url), 'utf8'));
}

export default tseslint.config(
  { ignores: ['dist/', 'coverage/', '.data/', 'node_modules/'] },
  { rules: { 'max-len': ['error', commentWidth] } },
  {
    files: ['**/*.js', '**/*.cjs', '**/*.mjs'],
    rules: { 'no-restricted-syntax': ['error', ...hostZone] },
  },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/consistent-type-assertions': [
        'error',
        { assertionStyle: 'as', objectLiteralTypeAssertions: 'never' },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { requireDefaultForNonUnion: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/require-await': 'off',
      // Enums are forbidden below and no class but errors and one reader is written here: these two
      // rules would find nothing and took 30 % of all rules' time.
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      'no-restricted-syntax': [
        'error',
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
        ...hostZone,
      ],
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  {
    files: ['test/**', 'bench/**', 'scripts/**'],
    rules: { 'no-console': 'off' },
  },
);
