/** Time that runs out, charges that come too late, and what becomes of them, for both sides. */

import { choose, expectHeld, fillDetails, goToPayment, order, orderNow } from '../support/registrant';
import { signIn } from '../support/organizer';
import { SEATS } from '../support/seats';
import { shoot } from '../support/shoot';
import { expect, test } from '../support/test';

test('time runs out', async ({ page, organizer }) => {
  for (const [name, shown] of [['five-minutes', 270], ['one-minute', 57]] as const) {
    const conference = await organizer.publish(SEATS, { name: 'Ferrous Days', slug: `ferrous-${name}` });
    await organizer.setClocks(conference, { reservation_shown_s: shown, reservation_buffer_s: 60 });
    await order(page, conference, { 'Full conference': 2 });
    await shoot(page, `registrant-40-${name}`);
  }
  const conference = await organizer.publish(SEATS, { name: 'Ferrous Days', slug: 'ferrous-gone' });
  await organizer.setClocks(conference, { reservation_shown_s: 1, reservation_buffer_s: 1 });
  await page.goto('/ferrous-gone');
  await choose(page, { 'Full conference': 2 });
  await page.getByRole('button', { name: 'Order now' }).click();
  await expect(page.getByRole('heading', { name: 'Time is up' })).toBeVisible();
  await shoot(page, 'registrant-41-expired');
});

test('a charge comes too late and is given back', async ({ page, organizer, stranger }) => {
  const conference = await organizer.publish(SEATS, { name: 'Ferrous Days', slug: 'ferrous-late' });
  await organizer.setClocks(conference, { reservation_shown_s: 6, reservation_buffer_s: 1 });
  await page.goto('/ferrous-late');
  await choose(page, { 'Workshop: allocators': 2 });
  await orderNow(page);
  await expectHeld(page);
  await fillDetails(page);
  await goToPayment(page);
  await expect.poll(async () => (await organizer.orders(conference))[0].status, { timeout: 20_000 }).toBe('expired');
  await organizer.setQuota(conference, 'Workshop: allocators', 0);
  await page.getByRole('button', { name: 'Accept' }).click();
  await expect(page.getByRole('heading', { name: 'We have your payment, but not your seats' })).toBeVisible();
  await shoot(page, 'registrant-42-needs-attention');

  const desk = await stranger();
  await signIn(desk, conference);
  const attention = desk.getByRole('region', { name: 'Needs attention' });
  await expect(attention).toBeVisible();
  await shoot(desk, 'organizer-30-dashboard-attention');
  await attention.getByRole('link').click();
  await expect(desk.getByRole('heading', { name: 'A decision is needed' })).toBeVisible();
  await shoot(desk, 'organizer-31-order-attention');
  await desk.getByRole('button', { name: 'Refund $240.00' }).click();
  await shoot(desk, 'organizer-32-refund-question');
  await desk.getByRole('dialog').getByRole('button', { name: 'Refund $240.00' }).click();
  await expect(desk.getByText('The refund has arrived.')).toBeVisible();
  await shoot(desk, 'organizer-33-order-refunded');
  await expect(page.getByRole('heading', { name: 'Your money is on its way back' })).toBeVisible();
  await shoot(page, 'registrant-43-refunded');
});
