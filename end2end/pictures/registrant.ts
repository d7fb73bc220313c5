/** The registrant's pages, from the list of conferences to her tickets. */

import { FEW, SEATS } from '../support/seats';
import { accept, choose, expectConfirmed, expectHeld, fillDetails, goToPayment, order, orderNow } from '../support/registrant';
import { shoot } from '../support/shoot';
import { expect, test } from '../support/test';

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

test('few seats, no seats, no sale', async ({ page, organizer, buyer, watch }) => {
  watch.allow(/404/);
  const conference = await organizer.publish(FEW, { name: 'Ferrous Days', slug: 'ferrous-few' });
  await page.goto('/ferrous-few');
  await choose(page, { 'Full conference': 5, Student: 2 });
  await shoot(page, 'registrant-25-few-left');
  await buyer.place(conference, { 'Full conference': 6, Student: 2 });
  await expect(page.getByText('Full conference: Sold out')).toBeVisible();
  await orderNow(page);
  await expect(page.getByText('These seats have just gone.')).toBeVisible();
  await shoot(page, 'registrant-26-just-gone');
  await page.getByRole('link', { name: 'Choose again' }).click();
  for (const one of ['Full conference', 'Student']) await page.getByLabel(`Quantity for ${one}`).fill('0');
  await expect(page.getByRole('link', { name: 'Join the wait list' })).toHaveCount(2);
  await shoot(page, 'registrant-27-sold-out');
  await organizer.publish([], { name: 'Quiet Days', slug: 'quiet-days' });
  await page.goto('/quiet-days');
  await shoot(page, 'registrant-28-no-seat-types');
  await organizer.unpublish(conference, 'https://example.org/moved');
  await page.goto(`/${(await organizer.create(FEW)).slug}`);
  await shoot(page, 'registrant-29-unpublished');
});

test('the server is slow, busy, or does not answer', async ({ page, organizer, watch }) => {
  watch.allow(/503|ERR_FAILED/);
  const conference = await organizer.publish(SEATS, { name: 'Ferrous Days', slug: 'ferrous-slow' });
  const orders = /\/orders(\?lang=\w+)?$/;
  await page.goto(`/${conference.slug}`);
  await choose(page, { Student: 1 });
  let answer = () => {};
  const answered = new Promise<void>((resolve) => (answer = resolve));
  await page.route(orders, async (route) => {
    await answered;
    await route.continue();
  });
  await orderNow(page);
  await shoot(page, 'registrant-30-slow-server');
  answer();
  await expectHeld(page);
  await page.unroute(orders);

  await page.goto(`/${(await organizer.publish(SEATS, { name: 'Busy Days', slug: 'busy-days' })).slug}`);
  await choose(page, { Student: 1 });
  const busy = { type: 'urn:plenary:problem:overloaded', title: 'Busy', status: 503 };
  await page.route(orders, (route) =>
    route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify(busy) }),
  );
  await page.getByRole('button', { name: 'Order now' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await shoot(page, 'registrant-31-busy-server');
});

test('who comes', async ({ page, organizer, stranger, watch }) => {
  watch.allow(/403|404/);
  const conference = await organizer.publish(SEATS, { name: 'Ferrous Days', slug: 'ferrous-people' });
  await order(page, conference, { Student: 4 });
  await fillDetails(page);
  await page.getByRole('button', { name: 'Confirm', exact: true }).click();
  await expectConfirmed(page);
  await page.getByText('Paste a list').click();
  await page.getByLabel('Attendees, one a line').fill('Mei, Tanaka, mei@example.org\nNils Berg <nils@example.org>');
  await shoot(page, 'registrant-32-paste-list');
  await page.getByRole('button', { name: 'Put them on the free seats' }).click();
  await expect(page.getByText('2 seated.')).toBeVisible();
  await page.getByRole('group', { name: /^Seat 3/ }).getByRole('button', { name: 'Save' }).click();
  await shoot(page, 'registrant-33-assigned');
  await page.waitForLoadState('networkidle');
  await page.getByRole('link', { name: 'All tickets' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Tickets' })).toBeVisible();
  await shoot(page, 'registrant-34-tickets', { as: 'print' });
  const nosy = await stranger();
  await nosy.goto(page.url());
  await shoot(nosy, 'registrant-35-tickets-of-others');
  await nosy.goto('/orders/find');
  await nosy.getByLabel('E-mail').fill('ada@example.org');
  await nosy.getByLabel('Access code').fill('WRONGX');
  await nosy.getByRole('button', { name: 'Open my order' }).click();
  await expect(nosy.getByRole('alert')).toBeVisible();
  await shoot(nosy, 'registrant-36-wrong-code');
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
