/** Pictures of every page and main state, on a desk and on a phone, in light and in dark. */

import type { Page } from '@playwright/test';
import { expectConfirmed, expectHeld, choose, fillDetails, goToPayment, orderNow, accept } from './support/registrant';
import { enter, signIn } from './support/organizer';
import { expect, test } from './support/test';

const SEATS = [
  { name: 'Full conference', price: 34_900, quota: 240 },
  { name: 'Workshop: allocators', price: 12_000, quota: 5 },
  { name: 'Student', price: 0, quota: 40 },
];

const DESK = { width: 1280, height: 800 };
const PHONE = { width: 360, height: 740 };

async function shoot(page: Page, name: string): Promise<void> {
  for (const viewport of [DESK, PHONE]) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const path = `gallery/${name}-${viewport.width}-${colorScheme}.png`;
      await page.screenshot({ path, fullPage: true });
    }
  }
  await page.setViewportSize(DESK);
}

test('the registrant', async ({ page, context, organizer, buyer, stranger, watch }) => {
  watch.allow(/404/);
  const conference = await organizer.publish(SEATS, { name: 'Ferrous Days', slug: 'ferrous-days' });
  await organizer.publish(SEATS, { name: 'Harbour UX', slug: 'harbour-ux' });
  await page.goto('/');
  await shoot(page, 'registrant-01-list');
  await page.goto('/ferrous-days');
  await expect(page.getByRole('button', { name: 'One more Student' })).toBeVisible();
  await shoot(page, 'registrant-02-conference');
  await page.getByRole('button', { name: 'Order now' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await shoot(page, 'registrant-03-nothing-chosen');
  await choose(page, { 'Full conference': 2, 'Workshop: allocators': 4, Student: 1 });
  await buyer.place(conference, { 'Workshop: allocators': 3 });
  await expect(page.getByText('Workshop: allocators: Only 2 left')).toBeVisible();
  await shoot(page, 'registrant-04-chosen');

  await context.setOffline(true);
  watch.allow(/ERR_INTERNET_DISCONNECTED/);
  await orderNow(page);
  await shoot(page, 'registrant-05-offline');
  await context.setOffline(false);
  await expect(page.getByText('You asked for 4, we could hold 2.')).toBeVisible();
  await shoot(page, 'registrant-06-partly-held');
  await page.getByRole('button', { name: 'Continue with these' }).click();
  await expectHeld(page);
  await page.getByRole('button', { name: 'Pay', exact: true }).click();
  await expect(page.getByLabel('First name')).toBeFocused();
  await shoot(page, 'registrant-07-details-missing');
  await fillDetails(page, { first_name: 'Ada', last_name: 'Okafor', email: 'ada@gmial.com' });
  await page.getByText('Change the seats').click();
  await shoot(page, 'registrant-08-checkout');
  const nosy = await stranger();
  await nosy.goto(page.url());
  await shoot(nosy, 'registrant-09-redacted');
  await page.goBack();
  await expect(page.getByText('You have an order in progress.')).toBeVisible();
  await shoot(page, 'registrant-10-order-in-progress');
  await page.goForward();
  await goToPayment(page);
  await shoot(page, 'registrant-11-processor');
  await page.getByRole('button', { name: 'Reject' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await shoot(page, 'registrant-12-declined');
  await goToPayment(page);
  await page.goBack();
  await expect(page.getByRole('heading', { name: 'Waiting for your payment' })).toBeVisible();
  await shoot(page, 'registrant-13-waiting-for-payment');
  await page.getByRole('button', { name: 'Go to the payment' }).click();
  await accept(page);
  await expectConfirmed(page);
  await page.getByRole('button', { name: "I'm the first attendee" }).click();
  await shoot(page, 'registrant-14-done');
  await page.getByRole('link', { name: 'All tickets' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Tickets' })).toBeVisible();
  await shoot(page, 'registrant-18-tickets');
  await page.goto('/orders/find');
  await shoot(page, 'registrant-15-find');
  await page.goto('/no-such-page');
  await shoot(page, 'registrant-16-no-such-page');

  const late = await stranger();
  await buyer.place(conference, { 'Full conference': 20 });
  await late.goto('/ferrous-days');
  await choose(late, { Student: 1 });
  await orderNow(late);
  await expectHeld(late);
  await late.getByRole('button', { name: 'Give the seats back' }).click();
  await expect(late.getByRole('heading', { name: 'The seats are given back' })).toBeVisible();
  await shoot(late, 'registrant-17-given-back');
});

test('codes and the wait list', async ({ page, organizer, buyer, watch }) => {
  watch.allow(/422/);
  const conference = await organizer.publish(SEATS, { name: 'Ferrous Days', slug: 'ferrous-codes' });
  await organizer.addPromoCode(conference, {
    code: 'EARLY',
    description: 'Early birds',
    discount: { kind: 'percentage', percent: 20 },
  });
  const order = await buyer.place(conference, { 'Workshop: allocators': 5 });
  await page.goto('/ferrous-codes');
  await choose(page, { 'Full conference': 2 });
  await page.getByText('Have a promotional code?').click();
  await page.getByLabel('Promotional code').fill('early');
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(page.getByRole('row', { name: /EARLY/ })).toBeVisible();
  await shoot(page, 'registrant-20-code');
  await page.getByLabel('Promotional code').fill('late');
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(page.getByText('We do not know this code.')).toBeVisible();
  await shoot(page, 'registrant-21-code-refused');
  await page.getByRole('link', { name: 'Join the wait list' }).click();
  await shoot(page, 'registrant-22-join-wait-list');
  await page.getByLabel('E-mail').fill('mei@example.org');
  await page.getByRole('button', { name: 'Join the wait list' }).click();
  await expect(page.getByRole('heading', { name: 'You are on the wait list' })).toBeVisible();
  await shoot(page, 'registrant-23-on-wait-list');
  await buyer.release(order);
  await page.reload();
  await expect(page.getByRole('heading', { name: 'There are seats for you' })).toBeVisible();
  await shoot(page, 'registrant-24-offer');
});

test('the organizer', async ({ page, organizer, buyer, watch }) => {
  watch.allow(/401/);
  const conference = await organizer.publish(SEATS);
  await page.goto('/manage');
  await expect(page.getByRole('button', { name: 'Locate' })).toBeVisible();
  await shoot(page, 'organizer-01-locate');
  await page.getByRole('link', { name: 'Create conference' }).click();
  await page.getByRole('button', { name: 'Create conference' }).click();
  await expect(page.getByLabel('Name', { exact: true })).toBeFocused();
  await shoot(page, 'organizer-02-create');
  await page.goto('/manage');
  await page.getByLabel('E-mail address').fill(conference.email);
  await page.getByLabel('Access code').fill(conference.accessCode);
  await page.getByRole('button', { name: 'Locate' }).click();
  await expect(page.getByText('0 of 285 sold')).toBeVisible();
  await shoot(page, 'organizer-03-dashboard-empty');
  await buyer.buyFree(conference, { Student: 3 });
  await buyer.place(conference, { 'Full conference': 20 });
  await expect(page.getByText('3 of 285 sold')).toBeVisible();
  await shoot(page, 'organizer-04-dashboard');
  await organizer.addPromoCode(conference, {
    code: 'EARLY',
    description: 'Early birds',
    discount: { kind: 'percentage', percent: 20 },
    max_uses: 50,
  });
  await buyer.place(conference, { 'Workshop: allocators': 5 });
  await buyer.join(conference, 'Workshop: allocators', 2, 'mei@example.org');
  const sections = ['Details', 'Seat types', 'Orders', 'Attendees', 'Promotional codes', 'Wait list'];
  for (const [index, section] of sections.entries()) {
    await page.getByRole('navigation', { name: 'Conference' }).getByRole('link', { name: section }).click();
    await expect(page.getByRole('heading', { level: 1, name: section })).toBeVisible();
    await page.waitForLoadState('networkidle');
    await shoot(page, `organizer-${String(index + 5).padStart(2, '0')}-${section.toLowerCase().replace(' ', '-')}`);
  }
  await page.goto(`/manage/${conference.slug}/orders`);
  await page.getByRole('link', { name: 'Ada Okafor' }).click();
  await expect(page.getByText('Confirmed, free of charge.')).toBeVisible();
  await shoot(page, 'organizer-11-order');
  await page.getByRole('button', { name: 'Erase personal data' }).click();
  await shoot(page, 'organizer-12-question');
  await page.goto(`/manage/${conference.slug}/promo-codes`);
  await page.getByRole('button', { name: 'Edit' }).click();
  await shoot(page, 'organizer-13-code');
});

test('the door', async ({ page, context, organizer, buyer, watch }) => {
  watch.allow(/ERR_INTERNET_DISCONNECTED/);
  const conference = await organizer.publish(SEATS, { name: 'Ferrous Days', slug: 'ferrous-door' });
  const order = await buyer.buyFree(conference, { Student: 6 });
  const names = ['Mei Tanaka', 'Nils Berg', 'Ada Okafor', 'Bartholomew Featherstonehaugh-Cholmondeley'];
  for (const [position, name] of names.entries()) {
    const [first_name, last_name] = name.split(' ');
    await buyer.assign(order, position, { first_name, last_name, email: `${first_name.toLowerCase()}@example.org` });
  }
  await signIn(page, conference);
  await enter(page, 'Check-in');
  await expect(page.getByText('0 of 6 checked in')).toBeVisible();
  await page.getByRole('button', { name: 'Check in: Bartholomew' }).click();
  await expect(page.getByText('1 of 6 checked in')).toBeVisible();
  await shoot(page, 'organizer-20-checked-in');
  await context.setOffline(true);
  await page.getByRole('button', { name: 'Check in: Mei Tanaka' }).click();
  await expect(page.getByText('waiting to be sent', { exact: false }).first()).toBeVisible();
  await shoot(page, 'organizer-21-door-offline');
  await context.setOffline(false);
  await expect(page.getByText('waiting to be sent')).toHaveCount(0);
  const [row] = await organizer.attendees(conference);
  await page.goto(`/manage/${conference.slug}/check-in?ticket=${row.ticket}`);
  await expect(page.getByText('Already checked in')).toBeVisible();
  await shoot(page, 'organizer-22-checked-in-already');
});
