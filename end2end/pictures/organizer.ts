/** The organizer's pages, from signing in to the door. */

import type { Page } from '@playwright/test';
import { ADA } from '../support/api';
import { enter, locate, signIn } from '../support/organizer';
import { SEATS } from '../support/seats';
import { shoot } from '../support/shoot';
import { expect, test } from '../support/test';

/** Enters a section and waits for what it shows. */
async function enterLoaded(page: Page, section: string): Promise<void> {
  await enter(page, section);
  await page.waitForLoadState('networkidle');
  // The network is also idle before the page has asked.
  await expect(page.getByText('Loading…')).toHaveCount(0);
}

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
    await enterLoaded(page, section);
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

test('before and between the sales', async ({ page, organizer, buyer, watch }) => {
  watch.allow(/401/);
  const conference = await organizer.create([]);
  await locate(page, conference.email, 'WRONG');
  await expect(page.getByText('We found no conference with these.')).toBeVisible();
  await shoot(page, 'organizer-40-wrong-code');
  await page.goto('/manage/create');
  await page.getByLabel('Name', { exact: true }).fill('Canal UX');
  await page.getByLabel('Tagline').fill('Two days by the canal');
  await page.getByLabel('Location').fill('Gasometer, Berlin');
  await page.getByLabel('First day').fill('2031-05-08');
  await page.getByLabel('Last day').fill('2031-05-09');
  await page.getByLabel('Description').fill('Talks in the morning.\n\nWorkshops in the afternoon.');
  await shoot(page, 'organizer-41-create-preview');
  await page.getByLabel('Currency').selectOption('EUR');
  await page.getByLabel('Time zone').fill('Europe/Berlin');
  await page.getByLabel('Your name').fill('Grace Weiss');
  await page.getByLabel('E-mail address').fill('grace@example.org');
  await page.getByRole('button', { name: 'Create conference' }).click();
  await expect(page.getByRole('heading', { name: 'Your conference is ready' })).toBeVisible();
  await shoot(page, 'organizer-42-created');
  await signIn(page, conference);
  await expect(page.getByText('To the first sale')).toBeVisible();
  await shoot(page, 'organizer-43-checklist');
  const sections = ['Details', 'Seat types', 'Orders', 'Attendees', 'Promotional codes', 'Wait list', 'Check-in'];
  for (const [index, section] of sections.entries()) {
    await enterLoaded(page, section);
    await shoot(page, `organizer-${index + 44}-${section.toLowerCase().replace(' ', '-')}-empty`);
  }
  await enter(page, 'Seat types');
  await page.getByRole('button', { name: 'Add seat type' }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByLabel('Name', { exact: true })).toBeFocused();
  await shoot(page, 'organizer-51-seat-type-missing');
  for (const seatType of SEATS) await organizer.addSeatType(conference, seatType);
  await organizer.send('POST', `/api/management/conferences/${conference.slug}/publish`, {});
  await page.reload();
  await page.getByRole('row', { name: /Full conference/ }).getByRole('button', { name: 'Edit' }).click();
  await page.getByText('In German').click();
  await shoot(page, 'organizer-52-seat-type-edited');
  await buyer.buyFree(conference, { Student: 3 });
  const paid = await buyer.place(conference, { 'Full conference': 4 });
  await buyer.pay(await buyer.startPayment(paid));
  await signIn(page, conference);
  await expect(page.getByText('7 of 285 sold')).toBeVisible();
  await page.getByLabel('Show the numbers as they were').fill('0');
  await expect(page.getByText(/^As of /)).toBeVisible();
  await shoot(page, 'organizer-53-dashboard-as-of');
  await page.goto(`/manage/${conference.slug}`);
  await expect(page.getByText('7 of 285 sold')).toBeVisible();
  for (const table of await page.getByText('Show as table').all()) await table.click();
  await shoot(page, 'organizer-54-dashboard-tables');
});

test('tables as they are used', async ({ page, organizer, buyer }) => {
  const conference = await organizer.publish(SEATS, { slug: 'ferrous-tables' });
  const people = [
    { first_name: 'Mei', last_name: 'Tanaka', email: 'mei@example.org' },
    { first_name: 'Bartholomew', last_name: 'Featherstonehaugh-Cholmondeley', email: 'bartholomew.featherstonehaugh@cholmondeley-and-sons.example.org' },
    ADA,
  ];
  for (const person of people) {
    const order = await buyer.buyFree(conference, { Student: 2 }, person);
    await buyer.assign(order, 0, person);
  }
  const paid = await buyer.place(conference, { 'Full conference': 4, 'Workshop: allocators': 2 });
  await buyer.pay(await buyer.startPayment(paid));
  await buyer.release(await buyer.place(conference, { 'Full conference': 1 }));
  await buyer.place(conference, { 'Full conference': 12, 'Workshop: allocators': 5, Student: 1 });
  await signIn(page, conference);
  await page.goto(`/manage/${conference.slug}/orders?sort=-total`);
  await expect(page.getByRole('rowheader')).toHaveCount(6);
  await shoot(page, 'organizer-60-orders-sorted');
  await page.getByText('Columns', { exact: true }).first().click();
  for (const label of ['Access code', 'Order number', 'Discount']) await page.getByRole('checkbox', { name: label }).check();
  await shoot(page, 'organizer-61-orders-columns');
  await page.goto(`/manage/${conference.slug}/orders?q=nobody`);
  await expect(page.getByText('Nothing found')).toBeVisible();
  await shoot(page, 'organizer-62-orders-nothing-found');
  await page.goto(`/manage/${conference.slug}/attendees`);
  await expect(page.getByRole('rowheader')).not.toHaveCount(0);
  await shoot(page, 'organizer-63-attendees');
  await page.goto(`/manage/${conference.slug}/orders/${paid.id}`);
  await expect(page.getByRole('heading', { name: 'History' })).toBeVisible();
  await shoot(page, 'organizer-64-order-paid');
});

test('texts in German, and a duplicate', async ({ page, organizer }) => {
  const conference = await organizer.publish(SEATS, { language: 'en', slug: 'ferrous-texts' });
  await signIn(page, conference);
  await enter(page, 'Details');
  await page.getByText('In German').click();
  await page.getByLabel('Name · Deutsch').fill('x'.repeat(121));
  await page.getByLabel('Tagline · Deutsch').fill('Zwei Tage am Kanal');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByLabel('Name · Deutsch')).toBeFocused();
  await shoot(page, 'organizer-65-translations');
  await page.getByRole('link', { name: 'Duplicate this conference' }).click();
  await expect(page.getByLabel('Name', { exact: true })).toHaveValue(conference.name);
  await shoot(page, 'organizer-66-duplicate');
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
  await page.getByLabel('Name, e-mail or ticket code').fill('be');
  await shoot(page, 'organizer-19-door-search');
  await page.getByLabel('Name, e-mail or ticket code').fill('');
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
  await page.goto(`/manage/${conference.slug}/check-in?ticket=AAAAAAAA-1`);
  await expect(page.getByText('No such ticket')).toBeVisible();
  await shoot(page, 'organizer-23-no-such-ticket');
});

test('what did not go as it should', async ({ page, context, organizer, watch }) => {
  watch.allow(/401|404|409|page error/);
  const conference = await organizer.publish(SEATS, { name: 'Ferrous Days', slug: 'ferrous-amiss' });
  await signIn(page, conference);
  await enter(page, 'Seat types');
  const row = page.getByRole('row', { name: /Student/ });
  await row.getByRole('button', { name: 'Edit' }).click();
  await page.getByLabel('Quota').fill('45');
  await organizer.setQuota(conference, 'Student', 50);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await shoot(page, 'organizer-24-too-late');
  await page.getByRole('button', { name: 'Show it as it is now' }).click();
  await expect(row).toContainText('50');
  await shoot(page, 'organizer-25-as-it-is-now');
  await enter(page, 'Details');
  await context.clearCookies();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Your session has ended.')).toBeVisible();
  await shoot(page, 'organizer-28-session-over');
  await signIn(page, conference);
  await page.route(/\/organizer_bg-\w+\.wasm$/, (route) => route.fulfill({ status: 404, body: '' }));
  for (const [name, address] of [
    ['organizer-26-not-loaded', '/manage/ferrous-amiss'],
    ['organizer-27-locate-not-loaded', '/manage'],
  ]) {
    await page.goto(address);
    await expect(page.getByRole('alert')).toBeVisible();
    await shoot(page, name);
  }
});
