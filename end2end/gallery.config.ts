import { defineConfig } from '@playwright/test';
import config from './playwright.config';

/** `npm run gallery`: pictures of every page and main state in `gallery/`. */
export default defineConfig({
  ...config,
  testDir: 'pictures',
  testMatch: '*.ts',
  timeout: 180_000,
  // A picture of a long page takes a while on a busy machine.
  use: { ...config.use, actionTimeout: 60_000 },
  projects: [{ name: 'gallery' }],
});
