import { inspect } from '../support/inspect';
import { choose, expectHeld, fillDetails, order, orderNow } from '../support/registrant';
import { expect, test } from '../support/test';

test.use({ serve: ['--reservation-shown', '3s', '--reservation-buffer', '2s'] });

const SEATS = { name: 'General', price: 19_900, quota: 2 };

test('when time is up the page says so, and one click tries again', async ({ page, organizer }) => {
  const conference = await organizer.publish([SEATS]);
  await order(page, conference, { General: 2 });
  const former = page.url();
  await expect(page.getByRole('heading', { name: 'Time is up' })).toBeVisible();
  await inspect(page);
  await page.getByRole('button', { name: 'Try again with the same seats' }).click();
  await expectHeld(page);
  expect(page.url()).not.toBe(former);
});

test('an order that is opened long after says that time is up', async ({ page, organizer, buyer }) => {
  const conference = await organizer.publish([SEATS]);
  await order(page, conference, { General: 2 });
  const former = page.url();
  // Only when the server has given the seats back can somebody else hold both.
  await expect.poll(async () => (await organizer.orders(conference))[0].status).toBe('expired');
  await buyer.place(conference, { General: 2 });
  await page.goto(former);
  await expect(page.getByRole('heading', { name: 'Time is up' })).toBeVisible();
  await page.getByRole('button', { name: 'Try again with the same seats' }).click();
  await expect(page.getByText('These seats have just gone.')).toBeVisible();
});

test('what was typed survives the new try', async ({ page, organizer }) => {
  const conference = await organizer.publish([SEATS]);
  await page.goto(`/${conference.slug}`);
  await choose(page, { General: 1 });
  await orderNow(page);
  await fillDetails(page);
  await page.getByRole('button', { name: 'Try again with the same seats' }).click();
  await expectHeld(page);
  await expect(page.getByLabel('First name')).toHaveValue('Ada');
});
