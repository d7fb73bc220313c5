/** The test function of every journey: a server per worker, clients of its API, and pages that are watched. */

import { type BrowserContext, type Page, test as base } from '@playwright/test';
import { Buyer, Organizer } from './api';
import { type Database, Server } from './server';
import { Watch } from './watch';

export { expect } from '@playwright/test';

export interface Options {
  database: Database;
  /** Further arguments of `plenary serve`. */
  serve: string[];
}

interface PerWorker extends Options {
  server: Server;
}

interface PerTest {
  organizer: Organizer;
  /** Somebody else who buys. */
  buyer: Buyer;
  watch: Watch;
  /** Opens a page of somebody who shares nothing with anyone. */
  stranger: () => Promise<Page>;
}

export const test = base.extend<PerTest, PerWorker>({
  database: ['sqlite', { option: true, scope: 'worker' }],
  serve: [[], { option: true, scope: 'worker' }],
  server: [
    async ({ database, serve }, use) => {
      const server = await Server.start({ database, arguments: serve });
      await use(server);
      await server.stop();
    },
    { scope: 'worker' },
  ],
  baseURL: ({ server }, use) => use(server.origin),
  organizer: ({ server }, use) => use(new Organizer(server.origin)),
  buyer: ({ server }, use) => use(new Buyer(server.origin)),
  watch: async ({ server }, use) => {
    const watch = new Watch(server.origin);
    await use(watch);
    watch.check();
  },
  context: async ({ context, watch }, use) => {
    watch.over(context);
    await use(context);
    watch.stop();
  },
  stranger: async ({ browser, watch, contextOptions, baseURL, locale, javaScriptEnabled }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async () => {
      const context = await browser.newContext({ ...contextOptions, baseURL, locale, javaScriptEnabled });
      contexts.push(context);
      watch.over(context);
      return context.newPage();
    });
    watch.stop();
    for (const context of contexts) await context.close();
  },
});
