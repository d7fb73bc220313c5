/** The registrant's pages in a browser that runs no scripts. */

import { accept, expectConfirmed, expectHeld, fillDetails, quantity } from '../support/registrant';
import { SEATS } from '../support/seats';
import { shoot } from '../support/shoot';
import { expect, test } from '../support/test';

test.use({ javaScriptEnabled: false });

test('plain forms', async ({ page, organizer, buyer, watch }) => {
  watch.allow(/.*/);
  const conference = await organizer.publish(SEATS, { name: 'Ferrous Days', slug: 'ferrous-plain' });
  await page.goto('/ferrous-plain');
  await shoot(page, 'plain-01-conference');
  await page.getByRole('button', { name: 'Order now' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await shoot(page, 'plain-02-refused');
  await quantity(page, 'Full conference').fill('2');
  await quantity(page, 'Workshop: allocators').fill('5');
  await page.getByText('Have a promotional code?').click();
  await shoot(page, 'plain-03-chosen');
  await buyer.place(conference, { 'Workshop: allocators': 3 });
  await page.getByRole('button', { name: 'Order now' }).click();
  await expect(page.getByText('You asked for 5, we could hold 2.')).toBeVisible();
  await shoot(page, 'plain-04-partly-held');
  await page.getByRole('button', { name: 'Continue with these' }).click();
  await expectHeld(page);
  await page.getByText('Change the seats').click();
  await shoot(page, 'plain-05-checkout');
  await fillDetails(page);
  await page.getByRole('button', { name: 'Pay', exact: true }).click();
  await shoot(page, 'plain-06-processor');
  await accept(page);
  await expectConfirmed(page);
  await shoot(page, 'plain-07-done');
  await page.goto('/ferrous-plain/waitlist');
  await shoot(page, 'plain-08-wait-list');
  await page.goto('/manage');
  await shoot(page, 'plain-09-locate');
});
