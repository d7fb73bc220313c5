import { choose, expectHeld, orderNow } from '../support/registrant';
import { shifts, watchShifts } from '../support/shifts';
import { expect, test } from '../support/test';

const SEATS = [
  { name: 'General', price: 19_900, quota: 100 },
  { name: 'Workshop', price: 4_900, quota: 10 },
];
/** The sum of layout shifts that a page may have. */
const STILL = 0.02;

for (const viewport of [
  { width: 1280, height: 800 },
  { width: 360, height: 740 },
]) {
  test(`nothing moves by itself at ${viewport.width} pixels`, async ({ page, organizer, buyer }) => {
    await page.setViewportSize(viewport);
    await watchShifts(page);
    const conference = await organizer.publish(SEATS);
    await page.goto(`/${conference.slug}`);
    await choose(page, { General: 2, Workshop: 3 });
    // Others buy: what is left is told while one looks.
    await buyer.place(conference, { Workshop: 8 });
    await expect(page.getByText('Workshop: Only 2 left')).toBeVisible();
    await orderNow(page);
    await expect(page.getByText('You asked for 3, we could hold 2.')).toBeVisible();
    await page.getByRole('button', { name: 'Continue with these' }).click();
    await expectHeld(page);
    expect(await shifts(page)).toBeLessThan(STILL);
    await page.reload();
    await expectHeld(page);
    expect(await shifts(page)).toBeLessThan(STILL);
  });
}

test('what moves is noticed', async ({ page, organizer }) => {
  await watchShifts(page);
  const conference = await organizer.publish(SEATS);
  await page.goto(`/${conference.slug}`);
  await page.evaluate(() => {
    const pushed = document.createElement('div');
    document.body.prepend(pushed);
    pushed.append(...Array.from({ length: 9 }, () => document.createElement('p')));
    pushed.querySelectorAll('p').forEach((line) => (line.textContent = 'late'));
  });
  await expect.poll(() => shifts(page)).toBeGreaterThan(STILL);
});
