// Strict, and fast because no rule needs types: the compiler's own strictness covers those.
import js from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  {
    ignores: [
      'node_modules/',
      'dist/',
      'out/',
      'generated/',
      'artifacts/',
      '.cache/',
      'hypervisor/',
      'samples/',
    ],
  },
  js.configs.recommended,
  { files: ['**/*.js', '**/*.cjs'], languageOptions: { sourceType: 'commonjs' } },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strict, ...tseslint.configs.stylistic],
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      // Reads of typed arrays and tables by an index that is right by construction are written with `!`: a check
      // there would cost in the hottest code and could never fail.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // A hook that nobody set does nothing: an empty function is its honest default.
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/prefer-literal-enum-member': ['error', { allowBitwiseExpressions: true }],
      // Registers, opcodes and encodings are constants of one bit pattern; enums and namespaces stay out of the code.
      'no-restricted-syntax': [
        'error',
        {
          selector: 'TSEnumDeclaration[const!=true]',
          message: 'Use a const enum, a union of literals or a const object.',
        },
      ],
    },
  },
  {
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-var': 'error',
      'prefer-const': ['error', { destructuring: 'all' }],
      'no-eval': 'error',
      'no-implied-eval': 'error',
    },
  },
  {
    // The machine is a function of its inputs: no wall clock, no chance.
    files: ['emulator/**/*.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'The emulator is deterministic.' },
        { object: 'Date', property: 'now', message: 'The emulator is deterministic: use virtual time.' },
        {
          object: 'performance',
          property: 'now',
          message: 'The emulator is deterministic: use virtual time.',
        },
      ],
      'no-restricted-globals': [
        'error',
        'process',
        'window',
        'document',
        'setTimeout',
        'setInterval',
        'Buffer',
        'require',
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'it', property: 'only', message: 'Runs one test alone.' },
        { object: 'describe', property: 'only', message: 'Runs one suite alone.' },
        { object: 'it', property: 'skip', message: 'A skipped test checks nothing.' },
        { object: 'describe', property: 'skip', message: 'A skipped test checks nothing.' },
      ],
      '@typescript-eslint/no-unused-expressions': 'error',
    },
  },
  {
    files: ['**/*.mjs', '**/*.cjs', '**/*.js'],
    languageOptions: {
      globals: {
        ...Object.fromEntries(
          [
            'process',
            'console',
            'Buffer',
            'URL',
            'URLSearchParams',
            'setTimeout',
            'clearTimeout',
            'setInterval',
            'clearInterval',
          ].map((name) => [name, 'readonly']),
        ),
        fetch: 'readonly',
        AbortController: 'readonly',
        performance: 'readonly',
        globalThis: 'readonly',
        document: 'readonly',
        require: 'readonly',
        module: 'writable',
        exports: 'writable',
        __dirname: 'readonly',
      },
    },
  },
);
