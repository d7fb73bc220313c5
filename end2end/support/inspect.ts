/** What holds of every page, whatever it shows. */

import AxeBuilder from '@axe-core/playwright';
import { type Page, expect } from '@playwright/test';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const PHONE = { width: 360, height: 740 };

/** Everybody can use it, in light and in dark, on a desk and on a phone. */
export async function inspect(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await axe(page);
  }
  await page.emulateMedia({ colorScheme: null });
  const desk = page.viewportSize();
  await page.setViewportSize(PHONE);
  await fits(page);
  await axe(page);
  if (desk !== null) await page.setViewportSize(desk);
}

export async function axe(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
  const found = violations.map(({ id, help, nodes }) => ({ id, help, at: nodes.map((node) => node.html) }));
  expect(found, `axe on ${page.url()}`).toEqual([]);
}

/** Nothing has to be scrolled sideways. */
export async function fits(page: Page): Promise<void> {
  const excess = () =>
    page.evaluate(() => (document.scrollingElement?.scrollWidth ?? 0) - document.documentElement.clientWidth);
  await expect.poll(excess, `the width of ${page.url()}`).toBeLessThanOrEqual(0);
}
