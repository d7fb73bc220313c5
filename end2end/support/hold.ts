/** Requests that wait until a test lets them go. */

import type { Page } from '@playwright/test';

/** Holds requests to `url` back, as many as `times` says or all of them; gives what lets them go. */
export async function hold(page: Page, url: string | RegExp, times?: number): Promise<() => void> {
  let release = (): void => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route(
    url,
    async (route) => {
      await released;
      await route.continue();
    },
    { times },
  );
  return release;
}
