import { defineConfig } from '@playwright/test';
import type { Options } from './support/test';

const chromium = process.env.PLENARY_CHROMIUM ?? '/usr/bin/chromium';

export default defineConfig<object, Options>({
  testDir: 'tests',
  fullyParallel: true,
  forbidOnly: true,
  workers: 2,
  // A test that passes only now and then is broken.
  retries: 0,
  reporter: 'list',
  timeout: 60_000,
  expect: { timeout: 10_000 },
  use: {
    browserName: 'chromium',
    viewport: { width: 1280, height: 800 },
    locale: 'en-US',
    trace: 'off',
    actionTimeout: 10_000,
    // Colours are compared with what they fade to, never with what they come from.
    contextOptions: { reducedMotion: 'reduce' },
    launchOptions: {
      executablePath: chromium,
      args: [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
  projects: [
    { name: 'sqlite' },
    // The registrant's journeys and those through a restart a second time, where there is a PostgreSQL to make
    // databases on.
    ...(process.env.PLENARY_TEST_POSTGRES_URL
      ? [
          {
            name: 'postgres',
            testMatch: ['registrant.spec.ts', 'restart.spec.ts'],
            use: { database: 'postgres' as const },
          },
        ]
      : []),
  ],
});
