/** Every part of the pages in every state. */

import { SEATS } from '../support/seats';
import { shoot } from '../support/shoot';
import { expect, test } from '../support/test';

test.use({ serve: ['--demo'] });

test('the design, and the letters of the demo', async ({ page, organizer, buyer }) => {
  await page.goto('/design');
  await expect(page.getByRole('heading', { level: 1, name: 'Design' })).toBeVisible();
  await shoot(page, 'design');
  await page.goto('/');
  await shoot(page, 'design-demo');
  await page.goto('/dev/mail');
  const conference = await organizer.publish(SEATS, { name: 'Tom & Jerry', slug: 'ferrous-letters' });
  await buyer.buyFree(conference, { Student: 2 });
  const letter = page.getByRole('link', { name: 'Your registration for Tom & Jerry' });
  await expect(async () => {
    await page.reload();
    await expect(letter).toBeVisible({ timeout: 500 });
  }).toPass();
  await shoot(page, 'design-letters');
  await letter.click();
  await expect(page.getByRole('heading', { level: 1, name: 'Your registration for Tom & Jerry' })).toBeVisible();
  await shoot(page, 'design-letter');
});
