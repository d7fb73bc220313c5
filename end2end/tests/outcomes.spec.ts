import type { Page } from '@playwright/test';
import type { Conference, Organizer } from '../support/api';
import { inspect } from '../support/inspect';
import { signIn } from '../support/organizer';
import { choose, expectConfirmed, expectHeld, fillDetails, goToPayment, order, orderNow, quantity } from '../support/registrant';
import { expect, test } from '../support/test';

const GENERAL = { name: 'General', price: 19_900, quota: 2 };
const ORDERS = /\/orders(\?lang=\w+)?$/;

/** She is at the processor's page when her seats are long gone, and pays. */
async function payTooLate(page: Page, organizer: Organizer): Promise<Conference> {
  const conference = await organizer.publish([GENERAL]);
  await organizer.setClocks(conference, { reservation_shown_s: 6, reservation_buffer_s: 1 });
  await order(page, conference, { General: 2 });
  await fillDetails(page);
  await goToPayment(page);
  const isOver = async () => (await organizer.orders(conference))[0].status;
  await expect.poll(isOver, { timeout: 20_000 }).toBe('expired');
  await organizer.setQuota(conference, 'General', 0);
  await page.getByRole('button', { name: 'Accept' }).click();
  await expect(page.getByRole('heading', { name: 'We have your payment, but not your seats' })).toBeVisible();
  return conference;
}

async function decide(desk: Page, conference: Conference, decision: string): Promise<void> {
  await signIn(desk, conference);
  await desk.getByRole('region', { name: 'Needs attention' }).getByRole('link').click();
  await desk.getByRole('button', { name: decision }).click();
  await desk.getByRole('dialog').getByRole('button', { name: decision }).click();
}

test('whoever paid too late is told, and that her money comes back', async ({ page, organizer, stranger }) => {
  const conference = await payTooLate(page, organizer);
  await inspect(page);
  const desk = await stranger();
  await decide(desk, conference, 'Refund $398.00');
  await expect(page.getByRole('heading', { name: 'Your money is on its way back' })).toBeVisible();
  await inspect(page);
  await expect(desk.getByRole('heading', { name: 'Decided' })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Your money is on its way back' })).toBeVisible();
  await page.getByRole('link', { name: 'Choose again' }).click();
  await expect(page).toHaveURL(`/${conference.slug}`);
});

test('whoever paid too late gets her seats when the organizer says so', async ({ page, organizer, stranger }) => {
  const conference = await payTooLate(page, organizer);
  await decide(await stranger(), conference, 'Confirm it anyway');
  await expectConfirmed(page);
});

test('seats that have just gone leave nothing to pay and nothing to give back', async ({ page, organizer, buyer }) => {
  const conference = await organizer.publish([GENERAL]);
  await page.goto(`/${conference.slug}`);
  await choose(page, { General: 2 });
  await buyer.place(conference, { General: 2 });
  await orderNow(page);
  await expect(page.getByText('These seats have just gone.')).toBeVisible();
  for (const name of ['Pay', 'Confirm', 'More time', 'Give the seats back']) {
    await expect(page.getByRole('button', { name, exact: true })).toBeHidden();
  }
  await expect(page.getByRole('timer')).toBeHidden();
  await page.getByRole('link', { name: 'Choose again' }).click();
  await expect(page.getByText('You have an order in progress.')).toBeHidden();
  await quantity(page, 'General').fill('0');
  await expect(page.getByRole('link', { name: 'Join the wait list' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Order now' })).toBeHidden();
  await inspect(page);
});

test('what was said of a choice goes with the choice', async ({ page, organizer }) => {
  const conference = await organizer.publish([GENERAL]);
  await page.goto(`/${conference.slug}`);
  await expect(page.getByRole('button', { name: 'One more General' })).toBeEnabled();
  await page.getByRole('button', { name: 'Order now' }).click();
  await expect(page.getByRole('alert')).toContainText('Choose at least one seat.');
  await choose(page, { General: 1 });
  await expect(page.getByRole('alert')).toHaveCount(0);
});

test('a server with too much to do says so in words, and the choice is kept', async ({ page, organizer, watch }) => {
  watch.expect(/503/);
  const conference = await organizer.publish([GENERAL]);
  await page.goto(`/${conference.slug}`);
  await choose(page, { General: 1 });
  const body = JSON.stringify({ type: 'urn:plenary:problem:overloaded', title: 'Busy', status: 503 });
  const busy = { status: 503, contentType: 'application/problem+json', body };
  await page.route(ORDERS, (route) => route.fulfill(busy));
  await page.getByRole('button', { name: 'Order now' }).click();
  await expect(page.getByRole('alert')).toContainText('Very many people are registering right now.');
  await expect(quantity(page, 'General')).toHaveValue('1');
  await inspect(page);
  await page.unroute(ORDERS);
  await orderNow(page);
  await expectHeld(page);
});
