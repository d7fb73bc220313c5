import { inspect } from '../support/inspect';
import { expect, test } from '../support/test';

test.use({ serve: ['--demo'] });

test('every part of the design can be used by everybody', async ({ page }) => {
  await page.goto('/design');
  await expect(page.getByRole('heading', { level: 1, name: 'Design' })).toBeVisible();
  await inspect(page);
});

test('the letters of the demo can be read by everybody', async ({ page, organizer, buyer }) => {
  const conference = await organizer.publish([{ name: 'Visitor', price: 0, quota: 30 }], { name: 'Tom & Jerry' });
  await buyer.buyFree(conference, { Visitor: 2 });
  const letter = page.getByRole('link', { name: 'Your registration for Tom & Jerry' });
  await page.goto('/dev/mail');
  await expect(async () => {
    await page.reload();
    await expect(letter).toBeVisible({ timeout: 500 });
  }).toPass();
  await inspect(page);
  await letter.click();
  await expect(page.getByRole('heading', { level: 1, name: 'Your registration for Tom & Jerry' })).toBeVisible();
  await expect(page.getByRole('listitem')).toHaveText('2 × Visitor');
  await inspect(page);
  await page.getByRole('link', { name: 'Deutsch' }).click();
  await page.getByRole('link', { name: 'Alle Briefe' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Briefe dieser Demo' })).toBeVisible();
});
