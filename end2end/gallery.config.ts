import { defineConfig } from '@playwright/test';
import config from './playwright.config';

/** `npm run gallery`: pictures of every page and main state in `gallery/`. */
export default defineConfig({
  ...config,
  testDir: '.',
  testMatch: 'gallery.ts',
  timeout: 180_000,
  projects: [{ name: 'gallery' }],
});
