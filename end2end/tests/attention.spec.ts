import type { Buyer, Conference, Order, Organizer } from '../support/api';
import { inspect } from '../support/inspect';
import { signIn } from '../support/organizer';
import { expect, test } from '../support/test';

test.use({ serve: ['--reservation-shown', '2s', '--reservation-buffer', '1s'] });

const GENERAL = { name: 'General', price: 19_900, quota: 1 };

/** An order that is paid when its seats are long gone. */
async function paidTooLate(organizer: Organizer, buyer: Buyer): Promise<{ conference: Conference; order: Order }> {
  const conference = await organizer.publish([GENERAL]);
  const order = await buyer.place(conference, { General: 1 });
  const processor = await buyer.startPayment(order);
  await expect.poll(async () => (await buyer.order(order)).status).toBe('expired');
  await organizer.setQuota(conference, 'General', 0);
  await buyer.pay(processor);
  await expect.poll(async () => (await buyer.order(order)).status).toBe('needs_attention');
  return { conference, order };
}

test('a late charge is confirmed beyond the quota by the organizer', async ({ page, organizer, buyer }) => {
  const { conference, order } = await paidTooLate(organizer, buyer);
  await signIn(page, conference);
  const attention = page.getByRole('region', { name: 'Needs attention' });
  await expect(attention).toContainText('$199.00');
  await inspect(page);
  await attention.getByRole('link').click();
  await expect(page.getByRole('heading', { name: 'A decision is needed' })).toBeVisible();
  await inspect(page);
  await page.getByRole('button', { name: 'Confirm it anyway' }).click();
  const dialog = page.getByRole('dialog', { name: 'Confirm it anyway' });
  await expect(dialog).toContainText('This cannot be undone.');
  await inspect(page);
  await dialog.getByRole('button', { name: 'Confirm it anyway' }).click();
  await expect(page.getByText('Confirmed beyond the quota.')).toBeVisible();
  await expect(page.getByText('Confirmed', { exact: true })).toBeVisible();
  expect((await buyer.order(order)).status).toBe('confirmed');
});

test('a late charge is given back by the organizer', async ({ page, organizer, buyer }) => {
  const { conference, order } = await paidTooLate(organizer, buyer);
  await signIn(page, conference);
  await page.goto(`/manage/${conference.slug}/orders/${order.id}`);
  await page.getByRole('button', { name: 'Refund $199.00' }).click();
  const dialog = page.getByRole('dialog', { name: 'Refund $199.00' });
  // A second thought changes nothing.
  await dialog.getByRole('button', { name: 'Keep it as it is' }).click();
  await expect(dialog).toBeHidden();
  await page.getByRole('button', { name: 'Refund $199.00' }).click();
  await dialog.getByRole('button', { name: 'Refund $199.00' }).click();
  await expect(page.getByText('Refunded', { exact: true })).toBeVisible();
  await expect(page.getByText(/The refund (is on its way|has arrived)\./)).toBeVisible();
  await inspect(page);
});
