import type { Page, Route } from '@playwright/test';
import { readFile } from 'node:fs/promises';
import { inspect } from '../support/inspect';
import { enter, locate, signIn } from '../support/organizer';
import { expect, test } from '../support/test';

const GENERAL = { name: 'General', price: 19_900, quota: 100 };
const FREE = { name: 'Visitor', price: 0, quota: 30 };

async function addSeatType(page: Page, name: string, price: string, quota: string): Promise<void> {
  await page.getByRole('button', { name: 'Add seat type' }).click();
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Price').fill(price);
  await page.getByLabel('Quota').fill(quota);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('rowheader', { name })).toBeVisible();
}

test('an organizer creates a conference, adds seat types, publishes it, and comes back with her code', async ({
  page,
  stranger,
}) => {
  await page.goto('/');
  await page.getByRole('link', { name: 'For organizers' }).click();
  await page.getByRole('link', { name: 'Create conference' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Rust & Rails 2031');
  await expect(page.getByLabel('Address', { exact: true })).toHaveValue('rust-rails-2031');
  await page.getByLabel('Tagline').fill('Trains and types');
  await page.getByLabel('Description').fill('A day on a train.\n\nAnd an evening at the depot.');
  await page.getByLabel('Location').fill('Roundhouse, Turin');
  await page.getByLabel('First day').fill('2031-05-08');
  await expect(page.getByLabel('Last day')).toHaveValue('2031-05-08');
  await page.getByLabel('Last day').fill('2031-05-09');
  await page.getByLabel('Currency').selectOption('EUR');
  await page.getByLabel('Time zone').fill('Europe/Rome');
  await page.getByLabel('Your name').fill('Grace Weiss');
  await page.getByLabel('E-mail address').fill('grace@example.org');
  await inspect(page);
  await page.getByRole('button', { name: 'Create conference' }).click();

  await expect(page.getByRole('heading', { name: 'Your conference is ready' })).toBeVisible();
  const code = page.getByTestId('access-code');
  await expect(code).toHaveText(/^[A-Z0-9]{5}$/);
  const accessCode = await code.innerText();
  await inspect(page);
  await page.getByRole('button', { name: 'Continue to the dashboard' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Rust & Rails 2031' })).toBeVisible();
  await expect(page.getByText(accessCode)).toBeHidden();
  await page.reload();
  await expect(page.getByText('Not published', { exact: true })).toBeVisible();
  await expect(page.getByText(accessCode)).toBeHidden();
  await inspect(page);

  await enter(page, 'Seat types');
  await inspect(page);
  await addSeatType(page, 'Full conference', '349.50', '120');
  await addSeatType(page, 'Student', '0', '40');
  await expect(page.getByRole('row', { name: /Full conference/ })).toContainText('€349.50');
  await inspect(page);

  await enter(page, 'Details');
  await page.getByRole('button', { name: 'Publish' }).click();
  await expect(page.getByText('Published', { exact: true })).toBeVisible();
  await page.getByRole('link', { name: 'Open the public page' }).click();
  await expect(page).toHaveURL('/rust-rails-2031');
  await expect(page.getByText('€349.50')).toBeVisible();
  await expect(page.getByText('40 left')).toBeVisible();

  const elsewhere = await stranger();
  await locate(elsewhere, 'GRACE@example.org', accessCode.toLowerCase());
  await expect(elsewhere).toHaveURL('/manage/rust-rails-2031');
  await expect(elsewhere.getByText('Published', { exact: true })).toBeVisible();
});

test('an order shows on the dashboard and in the list without reloading', async ({
  page,
  context,
  organizer,
  buyer,
}) => {
  const conference = await organizer.publish([GENERAL, FREE]);
  await signIn(page, conference);
  await expect(page.getByText('0 of 130 sold')).toBeVisible();
  const list = await context.newPage();
  await list.goto(`/manage/${conference.slug}/orders`);
  await expect(list.getByText('No orders yet')).toBeVisible();
  await inspect(list);

  await buyer.buyFree(conference, { Visitor: 2 });
  await expect(page.getByText('2 of 130 sold')).toBeVisible();
  await expect(page.getByRole('img', { name: 'Visitor: 2 sold, 0 held, 28 free' })).toBeVisible();
  const activity = page.getByRole('region', { name: 'Activity' });
  await expect(activity.getByText('The registrant is Ada Okafor (ada@example.org).')).toBeVisible();
  const row = list.getByRole('row', { name: /Ada Okafor/ });
  await expect(row).toContainText('2 × Visitor');
  await expect(row).toContainText('Confirmed');

  await buyer.place(conference, { General: 3 });
  await expect(page.getByRole('img', { name: 'General: 0 sold, 3 held, 97 free' })).toBeVisible();
  await expect(list.getByRole('row', { name: /Not named yet/ })).toContainText('Held');
  await inspect(page);
  await inspect(list);
});

test('an order tells what happened to it in plain words', async ({ page, organizer, buyer }) => {
  const conference = await organizer.publish([FREE]);
  await buyer.buyFree(conference, { Visitor: 1 });
  await signIn(page, conference);
  await enter(page, 'Orders');
  await page.getByRole('link', { name: 'Ada Okafor' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Ada Okafor' })).toBeVisible();
  const history = page.getByRole('region', { name: 'History' });
  await expect(history.getByText('An order was placed for 1 × Visitor.')).toBeVisible();
  await expect(history.getByText('Everything asked for is held: 1 × Visitor.')).toBeVisible();
  await expect(history.getByText('Confirmed, free of charge.')).toBeVisible();
  await inspect(page);
});

test('orders are searched, filtered in the address, and downloaded', async ({ page, organizer, buyer }) => {
  const conference = await organizer.publish([FREE]);
  await buyer.buyFree(conference, { Visitor: 1 });
  const mei = { first_name: 'Mei', last_name: 'Tanaka', email: 'mei@example.org' };
  await buyer.buyFree(conference, { Visitor: 2 }, mei);
  await buyer.place(conference, { Visitor: 1 });
  await signIn(page, conference);
  await enter(page, 'Orders');
  await expect(page.getByRole('row')).toHaveCount(4);

  await page.getByLabel('Search').fill('tanaka');
  await expect(page.getByRole('row')).toHaveCount(2);
  await expect(page).toHaveURL(/\?q=tanaka$/);
  await page.getByLabel('Search').fill('');
  await page.getByRole('combobox', { name: 'Status' }).selectOption('Confirmed');
  await expect(page.getByRole('row')).toHaveCount(3);
  await expect(page).toHaveURL(/\?status=confirmed$/);
  await page.reload();
  await expect(page.getByRole('row')).toHaveCount(3);

  const started = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download CSV' }).click();
  const download = await started;
  expect(download.suggestedFilename()).toMatch(/\.csv$/);
  const lines = (await readFile(await download.path(), 'utf8')).trim().split(/\r?\n/);
  expect(lines).toHaveLength(3);
  expect(lines.filter((line) => line.includes('mei@example.org'))).toHaveLength(1);
});

test('attendees are listed, with the seats that nobody has yet', async ({ page, organizer, buyer }) => {
  const conference = await organizer.publish([FREE]);
  const order = await buyer.buyFree(conference, { Visitor: 2 });
  await buyer.send('PUT', `/api/orders/${order.id}/assignments/0`, {
    first_name: 'Mei',
    last_name: 'Tanaka',
    email: 'mei@example.org',
  });
  await signIn(page, conference);
  await enter(page, 'Attendees');
  await expect(page.getByRole('row', { name: /Mei Tanaka/ })).toContainText('mei@example.org');
  await expect(page.getByRole('row', { name: /Nobody yet/ })).toContainText('Visitor');
  await inspect(page);
});

test('details are edited, and the public page follows by itself', async ({ page, organizer, stranger }) => {
  const conference = await organizer.publish([GENERAL]);
  const visitor = await stranger();
  await visitor.goto(`/${conference.slug}`);
  await expect(visitor.getByRole('button', { name: 'One more General' })).toBeVisible();
  await signIn(page, conference);
  await enter(page, 'Details');
  await page.getByLabel('Location').fill('');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByLabel('Location')).toBeFocused();
  await expect(page.getByLabel('Location')).toHaveAccessibleDescription('Please fill this in.');
  await inspect(page);
  await page.getByLabel('Location').fill('Kulturbrauerei, Berlin');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  await expect(visitor.getByText('Kulturbrauerei, Berlin')).toBeVisible();
});

test('a seat type is changed in place, and buyers see the new price', async ({ page, organizer, stranger }) => {
  const conference = await organizer.publish([GENERAL]);
  const visitor = await stranger();
  await visitor.goto(`/${conference.slug}`);
  await visitor.getByRole('button', { name: 'One more General' }).click();
  await expect(visitor.getByTestId('total')).toHaveText('$199.00');
  await signIn(page, conference);
  await enter(page, 'Seat types');
  await page.getByRole('button', { name: 'Edit' }).click();
  await page.getByLabel('Price').fill('250');
  await page.getByLabel('Quota').fill('7');
  await inspect(page);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('row', { name: /General/ })).toContainText('$250.00');
  await expect(visitor.getByTestId('total')).toHaveText('$250.00');
  await expect(visitor.getByText('Only 7 left')).toBeVisible();
});

test('unpublishing hides the page and leads visitors elsewhere', async ({ page, organizer, server, stranger }) => {
  const conference = await organizer.publish([GENERAL]);
  await signIn(page, conference);
  await enter(page, 'Details');
  await page.getByLabel('Send visitors to').fill('https://example.org/moved');
  await page.getByRole('button', { name: 'Unpublish' }).click();
  await expect(page.getByText('Not published', { exact: true })).toBeVisible();
  const answer = await fetch(`${server.origin}/${conference.slug}`, { redirect: 'manual' });
  expect([answer.status, answer.headers.get('location')]).toEqual([303, 'https://example.org/moved']);
  const visitor = await stranger();
  await visitor.goto('/');
  await expect(visitor.getByRole('link', { name: conference.name, exact: true })).toBeHidden();
});

test('a wrong code is refused in words, and what was typed is kept', async ({ page, organizer, watch }) => {
  watch.expect(/401/);
  const conference = await organizer.publish([GENERAL]);
  await page.goto('/manage');
  await inspect(page);
  await locate(page, conference.email, 'WRONG');
  await expect(page.getByText('We found no conference with these.')).toBeVisible();
  await expect(page.getByLabel('E-mail address')).toHaveValue(conference.email);
  await inspect(page);
});

test("another organizer's conference is not there for her", async ({ page, organizer, watch }) => {
  watch.expect(/404/);
  const hers = await organizer.publish([GENERAL]);
  const other = await organizer.publish([GENERAL]);
  await signIn(page, hers);
  await page.goto(`/manage/${other.slug}`);
  await expect(page.getByText('There is no such page.')).toBeVisible();
  await expect(page.getByText(other.name)).toBeHidden();
});

test('without a session she is asked to sign in', async ({ page, organizer, watch }) => {
  watch.expect(/401/);
  const conference = await organizer.publish([GENERAL]);
  await page.goto(`/manage/${conference.slug}`);
  await expect(page.getByRole('heading', { name: 'Manage your conference' })).toBeVisible();
  await signIn(page, conference);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByText('You are signed out.')).toBeVisible();
});

test('whoever cannot load the pages for organizers is told so, and how to go on', async ({ page, organizer, watch }) => {
  watch.allow(/404|ERR_FAILED|page error/);
  const conference = await organizer.publish([]);
  await signIn(page, conference);
  const problem = page.getByRole('alert');
  for (const file of [/\/organizer-\w+\.js$/, /\/organizer_bg-\w+\.wasm$/]) {
    for (const miss of [
      (route: Route) => route.fulfill({ status: 404, contentType: 'text/plain', body: 'Not found' }),
      (route: Route) => route.abort(),
    ]) {
      await page.route(file, miss);
      for (const address of ['/manage', `/manage/${conference.slug}`]) {
        await page.goto(address);
        await expect(problem).toContainText('The pages for organizers could not be loaded.');
        await expect(page.getByText('Loading…')).toHaveCount(0);
      }
      await page.unroute(file);
    }
  }
  await inspect(page);
  await problem.getByRole('link', { name: 'Try again' }).click();
  await expect(page.getByRole('heading', { level: 1, name: conference.name })).toBeVisible();
  await expect(problem).toHaveCount(0);
});
