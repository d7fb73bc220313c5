/** What somebody does who has a keyboard and nothing else. */

import { type Page, expect } from '@playwright/test';

type Role = Parameters<Page['getByRole']>[0];

/** More than any page has to pass; more presses, and there is a trap. */
const MOST_PRESSES = 80;

/** Presses Tab, or Shift+Tab, until the element with this role and name has the focus, and sees that it has. */
export async function tabTo(
  page: Page,
  role: Role,
  name: string | RegExp,
  key: 'Tab' | 'Shift+Tab' = 'Tab',
): Promise<void> {
  const wanted = page.getByRole(role, { name, exact: typeof name === 'string' }).and(page.locator(':focus'));
  for (let pressed = 0; pressed < MOST_PRESSES; pressed += 1) {
    if ((await wanted.count()) === 1) return;
    await page.keyboard.press(key);
    await expectFocusSeen(page);
  }
  throw new Error(`${MOST_PRESSES} times ${key} lead to no ${role} called ${name} on ${page.url()}`);
}

export async function press(page: Page, role: Role, name: string | RegExp, key: 'Enter' | 'Space' = 'Enter'): Promise<void> {
  await tabTo(page, role, name);
  await page.keyboard.press(key);
}

/** Goes to a field and types into it. */
export async function typeInto(page: Page, name: string | RegExp, text: string): Promise<void> {
  await tabTo(page, 'textbox', name);
  await page.keyboard.type(text);
}

/** Where a step of the journey begins: at its heading, or in its first field. */
export async function expectArrived(page: Page, heading: string | RegExp): Promise<void> {
  await expect(page.getByRole('heading', { level: 1, name: heading })).toBeFocused();
}

/** The focus is marked, and nothing that stays in its place lies over the whole of it. */
async function expectFocusSeen(page: Page): Promise<void> {
  const unseen = await page.evaluate(() => {
    const focused = document.activeElement;
    // Behind the last element the browser's own buttons come.
    if (focused === null || focused === document.body) return null;
    const says = focused.outerHTML.slice(0, 160);
    const style = getComputedStyle(focused);
    // The button for the calendar within the field is the browser's, and marked by it.
    const isCalendar = focused.matches('input[type=date]:not(:focus-visible)');
    if (isCalendar) return null;
    if (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2) return `not marked: ${says}`;
    const box = focused.getBoundingClientRect();
    const points = [0.1, 0.5, 0.9].flatMap((x) => [0.1, 0.5, 0.9].map((y) => [box.left + box.width * x, box.top + box.height * y]));
    const isSeen = points.some(([x, y]) => {
      const top = document.elementFromPoint(x, y);
      return top !== null && (focused.contains(top) || top.contains(focused));
    });
    return isSeen ? null : `covered or out of sight: ${says}`;
  });
  expect(unseen, `the focus on ${page.url()}`).toBeNull();
}
