import { defineConfig } from '@playwright/test';
import config from './playwright.config';

/** `npm run weigh`: what a first visit costs and how soon it can be read and used. One page at a time: it is measured. */
export default defineConfig({
  ...config,
  testDir: '.',
  testMatch: 'weigh.ts',
  workers: 1,
  timeout: 180_000,
  projects: [{ name: 'weigh' }],
});
