import jupyter from '@jupyter/eslint-plugin';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { plugins: { jupyter } },
  ...tseslint.configs.recommended,
  ...jupyter.configs.recommended.filter(({ files }) => files.includes('**/*.ts')),
  {
    files: ['src/**/*.ts', 'src/**/*.tsx'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Panel, commands and status bar stand when JupyterLab does; the views, which are larger, are imported when opened.
      'jupyter/prefer-lazy-imports': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_', argsIgnorePattern: '^_' }],
      '@typescript-eslint/no-unused-expressions': 'off'
    }
  }
);
