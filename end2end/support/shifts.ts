/** Layout shifts: what moves on a page although nobody has touched it. */

import type { Page } from '@playwright/test';

interface Shift extends PerformanceEntry {
  value: number;
  hadRecentInput: boolean;
}

type Watched = { shifts: number };

/** Counts from the first paint of every page that is opened after this. */
export async function watchShifts(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const watched = window as unknown as Watched;
    watched.shifts = 0;
    const add = (list: PerformanceObserverEntryList) => {
      for (const entry of list.getEntries() as Shift[]) {
        if (!entry.hadRecentInput) watched.shifts += entry.value;
      }
    };
    new PerformanceObserver(add).observe({ type: 'layout-shift', buffered: true });
  });
}

/** The sum of the shifts of this page until now. */
export function shifts(page: Page): Promise<number> {
  return page.evaluate(() => (window as unknown as Watched).shifts);
}
