/** Every part of the pages in every state. */

import { shoot } from '../support/shoot';
import { expect, test } from '../support/test';

test.use({ serve: ['--demo'] });

test('the design, and the letters of the demo', async ({ page }) => {
  await page.goto('/design');
  await expect(page.getByRole('heading', { level: 1, name: 'Design' })).toBeVisible();
  await shoot(page, 'design');
  await page.goto('/');
  await shoot(page, 'design-demo');
  await page.goto('/dev/mail');
  await shoot(page, 'design-letters');
});
