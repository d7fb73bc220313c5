import type { Page } from '@playwright/test';
import type { Conference } from '../support/api';
import { inspect } from '../support/inspect';
import { enter, signIn } from '../support/organizer';
import { expect, test } from '../support/test';
import { AWAY } from '../support/watch';

const GENERAL = { name: 'General', price: 19_900, quota: 100 };
const FREE = { name: 'Visitor', price: 0, quota: 30 };

/** Signs out in another tab of the same browser. */
async function signOutElsewhere(page: Page, conference: Conference): Promise<void> {
  const other = await page.context().newPage();
  await other.goto(`/manage/${conference.slug}`);
  await other.getByRole('button', { name: 'Sign out' }).click();
  await expect(other.getByText('You are signed out.')).toBeVisible();
  await other.close();
}

/** She is told what happened where she is, and signs in there. */
async function signInAgain(page: Page, conference: Conference): Promise<void> {
  await expect(page.getByRole('heading', { level: 1, name: 'Manage your conference' })).toBeFocused();
  await expect(page.getByRole('status').filter({ hasText: 'Your session has ended.' })).toBeVisible();
  await inspect(page);
  await page.getByLabel('E-mail address').fill(conference.email);
  await page.getByLabel('Access code').fill(conference.accessCode);
  await page.getByRole('button', { name: 'Locate' }).click();
  await expect(page.getByText('Your session has ended.')).toBeHidden();
}

test('a session that ends while a seat type is edited costs nothing of what was typed', async ({
  page,
  organizer,
  watch,
}) => {
  watch.expect(/401/);
  const conference = await organizer.publish([GENERAL]);
  await signIn(page, conference);
  await enter(page, 'Seat types');
  await page.getByRole('button', { name: 'Edit' }).click();
  await page.getByLabel('Price').fill('250');
  await page.getByLabel('Quota').fill('7');
  await signOutElsewhere(page, conference);

  await page.getByRole('button', { name: 'Save' }).click();
  await signInAgain(page, conference);
  await expect(page).toHaveURL(`/manage/${conference.slug}/seat-types`);
  await expect(page.getByRole('heading', { level: 1, name: 'Seat types' })).toBeFocused();
  await expect(page.getByLabel('Price')).toHaveValue('250');
  await expect(page.getByRole('alert')).toHaveCount(0);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('row', { name: /General/ })).toContainText('$250.00');
});

test('a session that ends while details are edited costs nothing of what was typed', async ({
  page,
  organizer,
  watch,
}) => {
  watch.expect(/401/);
  const conference = await organizer.publish([GENERAL]);
  await signIn(page, conference);
  await enter(page, 'Details');
  await page.getByLabel('Location').fill('Kulturbrauerei, Berlin');
  await signOutElsewhere(page, conference);
  await page.getByRole('button', { name: 'Save' }).click();
  await signInAgain(page, conference);
  await expect(page.getByLabel('Location')).toHaveValue('Kulturbrauerei, Berlin');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
});

test('whoever writes a new conference needs no session to finish it', async ({ page, organizer, watch }) => {
  // What the other tab was still asking for as it signed out.
  watch.allow(/401/);
  const conference = await organizer.publish([GENERAL]);
  await signIn(page, conference);
  await page.goto('/manage/create');
  await page.getByLabel('Name', { exact: true }).fill('Night trains 2032');
  await page.getByLabel('Description').fill('A night on a train.');
  await page.getByLabel('Location').fill('Roundhouse, Turin');
  await page.getByLabel('First day').fill('2032-05-08');
  await page.getByLabel('Your name').fill('Grace Weiss');
  await page.getByLabel('E-mail address').fill('grace@example.org');
  await signOutElsewhere(page, conference);
  await page.getByRole('button', { name: 'Create conference' }).click();
  await expect(page.getByRole('heading', { name: 'Your conference is ready' })).toBeVisible();
});

test('a dashboard whose session has ended says so when its stream breaks off, and asks no more', async ({
  page,
  organizer,
  buyer,
  server,
  watch,
}) => {
  watch.expect(/401/);
  watch.allow(AWAY);
  const conference = await organizer.publish([FREE]);
  await signIn(page, conference);
  await expect(page.getByText('0 of 30 sold')).toBeVisible();
  await signOutElsewhere(page, conference);
  // A stream that is open goes on; the one that takes its place is refused.
  await server.end('SIGKILL');
  await server.startAgain();
  const asked: string[] = [];
  await expect(page.getByText('Your session has ended.')).toBeVisible({ timeout: 30_000 });
  page.on('request', (request) => asked.push(request.url()));
  await signInAgain(page, conference);
  await buyer.buyFree(conference, { Visitor: 2 });
  await expect(page.getByText('2 of 30 sold')).toBeVisible();
  expect(asked.filter((url) => new URL(url).pathname.endsWith('/events'))).toHaveLength(1);
});

test('who is let in at the door after the session has ended is let in once she is back', async ({
  page,
  organizer,
  buyer,
  watch,
}) => {
  watch.expect(/401/);
  const conference = await organizer.publish([FREE]);
  await buyer.buyFree(conference, { Visitor: 1 });
  await signIn(page, conference);
  await enter(page, 'Check-in');
  await expect(page.getByText('0 of 1 checked in')).toBeVisible();
  await signOutElsewhere(page, conference);
  await page.getByRole('button', { name: 'Check in: Nobody yet' }).click();
  await signInAgain(page, conference);
  await expect(page.getByText('1 of 1 checked in')).toBeVisible();
  await expect.poll(() => organizer.recorded(conference, 'SeatCheckedIn')).toBe(1);
  await expect(page.getByText('waiting to be sent')).toHaveCount(0);
});
