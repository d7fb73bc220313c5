import { inspect } from '../support/inspect';
import { expect, test } from '../support/test';

test('a conference is seen as it will be while it is typed', async ({ page, server }) => {
  await page.goto('/manage/create');
  const preview = page.getByRole('region', { name: 'Preview' });
  await expect(preview).toContainText('Name of the conference');
  await page.getByLabel('Name', { exact: true }).fill('Ferrous Days');
  await expect(preview).toContainText('Ferrous Days');
  await expect(preview).toContainText(`${new URL(server.origin).host}/ferrous-days`);
  const accent = await preview.getAttribute('data-accent');
  await page.getByLabel('Address', { exact: true }).fill('harbour-ux');
  await expect(preview).not.toHaveAttribute('data-accent', accent ?? '');
  await page.getByLabel('Tagline').fill('Two days by the canal');
  await page.getByLabel('Location').fill('Gasometer, Berlin');
  await page.getByLabel('First day').fill('2031-05-08');
  await page.getByLabel('Last day').fill('2031-05-09');
  await page.getByLabel('Description').fill('Talks in the morning.');
  for (const text of ['Two days by the canal', 'Gasometer, Berlin', 'May 8–9, 2031', 'Talks in the morning.']) {
    await expect(preview).toContainText(text);
  }
  await inspect(page);
});
