import type { Page } from '@playwright/test';
import { ADA } from '../support/api';
import { inspect } from '../support/inspect';
import { enter, signIn } from '../support/organizer';
import {
  accept,
  choose,
  expectConfirmed,
  expectHeld,
  fillDetails,
  goToPayment,
  order,
  orderNow,
  total,
} from '../support/registrant';
import { expect, test } from '../support/test';
import { AWAY } from '../support/watch';

const GENERAL = { name: 'General', price: 19_900, quota: 100 };
const FREE = { name: 'Visitor', price: 0, quota: 30 };

test.beforeEach(({ watch }) => watch.expect(AWAY));

function said(page: Page) {
  return page.getByText('You are offline, or we are.');
}

test('a server that is killed and comes back costs a registrant at the checkout nothing', async ({
  page,
  organizer,
  server,
}) => {
  const conference = await organizer.publish([GENERAL]);
  await order(page, conference, { General: 2 });
  await fillDetails(page);
  await server.end('SIGKILL');
  await expect(said(page)).toBeVisible();
  await inspect(page);
  await server.startAgain();
  await expect(said(page)).toBeHidden({ timeout: 30_000 });
  await expectHeld(page);
  await expect(total(page)).toHaveText('$398.00');
  await expect(page.getByLabel('First name')).toHaveValue(ADA.first_name);
  await expect(page.getByLabel('E-mail')).toHaveValue(ADA.email);

  await goToPayment(page);
  await accept(page);
  await expectConfirmed(page);
  const orders = await organizer.orders(conference);
  expect(orders.map((it) => [it.status, it.seats[0].reserved])).toEqual([['confirmed', 2]]);
});

test('a server that is stopped and comes back costs a registrant at the payment nothing', async ({
  page,
  context,
  organizer,
  server,
}) => {
  const conference = await organizer.publish([GENERAL]);
  await order(page, conference, { General: 1 });
  const address = page.url();
  await fillDetails(page);
  await goToPayment(page);
  const waiting = await context.newPage();
  await waiting.goto(address);
  await expect(waiting.getByRole('heading', { name: 'Waiting for your payment' })).toBeVisible();
  await server.end('SIGTERM');
  await expect(said(waiting)).toBeVisible();
  await server.startAgain();
  await expect(said(waiting)).toBeHidden({ timeout: 30_000 });
  await accept(page);
  await expectConfirmed(page);
  await expectConfirmed(waiting);
  const orders = await organizer.orders(conference);
  expect(orders.map((it) => it.status)).toEqual(['confirmed']);
});

test('what is ordered while the server is away is ordered once when it is back', async ({
  page,
  organizer,
  server,
}) => {
  const conference = await organizer.publish([GENERAL]);
  await page.goto(`/${conference.slug}`);
  await choose(page, { General: 2 });
  await server.end('SIGKILL');
  await orderNow(page);
  await expect(said(page)).toBeVisible();
  await fillDetails(page);
  await server.startAgain();
  await expect(page.getByText('Your seats are held for you.')).toBeVisible({ timeout: 30_000 });
  await expect(said(page)).toBeHidden({ timeout: 30_000 });
  await expect(page.getByLabel('Last name')).toHaveValue(ADA.last_name);
  const orders = await organizer.orders(conference);
  expect(orders.map((it) => [it.status, it.seats[0].reserved])).toEqual([['reserved', 2]]);
});

test('what is confirmed while the server is away is said not to be, and works with one more click', async ({
  page,
  organizer,
  server,
}) => {
  const conference = await organizer.publish([FREE]);
  await order(page, conference, { Visitor: 2 });
  await fillDetails(page);
  await server.end('SIGTERM');
  const confirm = page.getByRole('button', { name: 'Confirm', exact: true });
  await confirm.click();
  await expect(page.getByRole('alert')).toContainText('Nothing is lost. Please try again.');
  await server.startAgain();
  await confirm.click();
  await expectConfirmed(page);
  await expect(page.getByText('We could not reach the server.')).toBeHidden();
  const orders = await organizer.orders(conference);
  expect(orders.map((it) => it.status)).toEqual(['confirmed']);
  expect(await organizer.recorded(conference, 'OrderConfirmed')).toBe(1);
});

test('the dashboard says that the server is away, keeps its numbers, and follows again', async ({
  page,
  organizer,
  buyer,
  server,
}) => {
  const conference = await organizer.publish([FREE]);
  await buyer.buyFree(conference, { Visitor: 2 });
  await signIn(page, conference);
  await expect(page.getByText('2 of 30 sold')).toBeVisible();
  await server.end('SIGKILL');
  await expect(page.getByText('The server is out of reach.')).toBeVisible();
  await expect(page.getByText('2 of 30 sold')).toBeVisible();
  await inspect(page);
  await server.startAgain();
  await expect(page.getByText('The server is out of reach.')).toBeHidden({ timeout: 30_000 });
  await buyer.buyFree(conference, { Visitor: 3 });
  await expect(page.getByText('5 of 30 sold')).toBeVisible();
});

test('what an organizer saves while the server is away stays typed, and is saved with one more click', async ({
  page,
  organizer,
  server,
}) => {
  const conference = await organizer.publish([GENERAL]);
  await signIn(page, conference);
  await enter(page, 'Seat types');
  await page.getByRole('button', { name: 'Edit' }).click();
  await page.getByLabel('Price').fill('250');
  await server.end('SIGKILL');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('alert')).toContainText('We could not reach the server.');
  await server.startAgain();
  await expect(page.getByLabel('Price')).toHaveValue('250');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('row', { name: /General/ })).toContainText('$250.00');
});
