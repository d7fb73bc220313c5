/** What holds of every page, whatever it shows. */

import AxeBuilder from '@axe-core/playwright';
import { type Page, expect } from '@playwright/test';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const PHONE = { width: 360, height: 740 };
/** What a page must fit without being scrolled sideways (WCAG 1.4.10): also a desk's 1280 pixels at 400 %. */
const NARROW = { width: 320, height: 640 };
/** A desk's 1280 pixels at 200 %. */
const ZOOMED = { width: 640, height: 400 };

/** Everybody can use it, in light and in dark, on a desk and on a phone, and however large she wants it. */
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
  for (const size of [NARROW, ZOOMED]) {
    await page.setViewportSize(size);
    await fits(page);
  }
  if (desk !== null) await page.setViewportSize(desk);
  await fitsWithLargeText(page);
}

/** Text alone at 200 % (WCAG 1.4.4), where the page has no more room than before. */
async function fitsWithLargeText(page: Page): Promise<void> {
  const scale = (size: string) => page.evaluate((size) => (document.documentElement.style.fontSize = size), size);
  await scale('200%');
  await fits(page);
  await scale('');
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
