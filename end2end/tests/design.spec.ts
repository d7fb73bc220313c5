import { inspect } from '../support/inspect';
import { expect, test } from '../support/test';

test.describe('on a site to try things out on', () => {
  test.use({ serve: ['--demo'] });

  test('every part of the design can be used by everybody', async ({ page }) => {
    await page.goto('/design');
    await expect(page.getByRole('heading', { level: 1, name: 'Design' })).toBeVisible();
    await inspect(page);
  });
});

test('nobody else sees the design page', async ({ page, watch }) => {
  watch.expect(/404/);
  await page.goto('/design');
  await expect(page.getByRole('heading', { name: 'This page does not exist.' })).toBeVisible();
});
