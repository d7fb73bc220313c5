import { inspect } from '../support/inspect';
import { expect, test } from '../support/test';

test.use({ serve: ['--demo'] });

test('every part of the design can be used by everybody', async ({ page }) => {
  await page.goto('/design');
  await expect(page.getByRole('heading', { level: 1, name: 'Design' })).toBeVisible();
  await inspect(page);
});
