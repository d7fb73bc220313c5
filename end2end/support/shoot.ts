/** A page as it looks on a desk and on a phone, in light and in dark. */

import type { Page } from '@playwright/test';

const DESK = { width: 1280, height: 800 };
const PHONE = { width: 360, height: 740 };

export interface How {
  /** Another look than light and dark: as printed, or in the few colours of a system with high contrast. */
  as?: 'print' | 'contrast';
}

export async function shoot(page: Page, name: string, { as }: How = {}): Promise<void> {
  const at = (width: number, look: string) => ({ path: `gallery/${name}-${width}-${look}.png`, fullPage: true });
  for (const viewport of [DESK, PHONE]) {
    await page.setViewportSize(viewport);
    if (as !== undefined) {
      await page.emulateMedia(as === 'print' ? { media: 'print' } : { forcedColors: 'active', colorScheme: 'dark' });
      await page.screenshot(at(viewport.width, as));
      continue;
    }
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot(at(viewport.width, colorScheme));
    }
  }
  await page.emulateMedia({ media: null, forcedColors: null, colorScheme: null });
  await page.setViewportSize(DESK);
}
