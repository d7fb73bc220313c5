import { inspect } from '../support/inspect';
import { expectConfirmed, fillDetails, order, seat } from '../support/registrant';
import { expect, test } from '../support/test';

const FREE = { name: 'Visitor', price: 0, quota: 30 };

test('a pasted list names the attendees, and each has a ticket', async ({ page, organizer, stranger, watch }) => {
  watch.allow(/403/);
  const conference = await organizer.publish([FREE]);
  await order(page, conference, { Visitor: 3 });
  await fillDetails(page);
  await page.getByRole('button', { name: 'Confirm', exact: true }).click();
  await expectConfirmed(page);
  await page.getByText('Paste a list').click();
  const list = 'First name\tLast name\tE-mail\nMei\tTanaka\tmei@example.org\nNils Berg <nils@example.org>\n';
  await page.getByLabel('Attendees, one a line').fill(list);
  await page.getByRole('button', { name: 'Put them on the free seats' }).click();
  await expect(page.getByText('2 seated.')).toBeVisible();
  await expect(seat(page, 1).getByRole('status')).toHaveText('Mei Tanaka');
  await expect(seat(page, 2).getByRole('status')).toHaveText('Nils Berg');
  await expect(seat(page, 3).getByRole('status')).toHaveText('Nobody yet');
  await inspect(page);

  await page.waitForLoadState('networkidle');
  await page.getByRole('link', { name: 'All tickets' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Tickets' })).toBeVisible();
  await expect(page.getByRole('listitem').filter({ hasText: 'Mei Tanaka' })).toContainText('Visitor');
  await expect(page.getByRole('img', { name: /^Code to scan/ })).toHaveCount(3);
  await inspect(page);
  const address = page.url();
  await page.goto(`${address}/1`);
  await expect(page.getByRole('img', { name: /^Code to scan/ })).toHaveCount(1);
  await page.emulateMedia({ media: 'print' });
  await expect(page.getByRole('link', { name: 'Back to the order' })).toBeHidden();
  await page.emulateMedia({ media: null });

  const nosy = await stranger();
  await nosy.goto(address);
  await expect(nosy.getByRole('heading', { name: 'Only the registrant can do this.' })).toBeVisible();
});

test('a conference goes into a calendar', async ({ page, organizer }) => {
  const conference = await organizer.publish([FREE]);
  await order(page, conference, { Visitor: 1 });
  await fillDetails(page);
  await page.getByRole('button', { name: 'Confirm', exact: true }).click();
  await expectConfirmed(page);
  const started = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Add to calendar' }).click();
  expect((await started).suggestedFilename()).toBe(`${conference.slug}.ics`);
});
