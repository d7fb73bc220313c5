import type { Locator, Page } from '@playwright/test';
import { readFile } from 'node:fs/promises';
import type { Buyer, Conference, Organizer } from '../support/api';
import { hold } from '../support/hold';
import { axe, fits, inspect } from '../support/inspect';
import { enter, signIn } from '../support/organizer';
import { expect, test } from '../support/test';

const FREE = { name: 'Visitor', price: 0, quota: 30 };

/** Three people who order in another order than that of their names. */
const PEOPLE = [
  { first_name: 'Mei', last_name: 'Tanaka', email: 'mei@example.org', seats: 2 },
  { first_name: 'Ada', last_name: 'Okafor', email: 'ada@example.org', seats: 3 },
  { first_name: 'Zoë', last_name: 'Ångström', email: 'zoe@example.org', seats: 1 },
];

async function crowd(organizer: Organizer, buyer: Buyer): Promise<Conference> {
  const conference = await organizer.publish([FREE]);
  for (const { seats, ...person } of PEOPLE) {
    const order = await buyer.buyFree(conference, { Visitor: seats }, person);
    await buyer.assign(order, 0, person);
  }
  return conference;
}

const names = (page: Page): Locator => page.getByRole('rowheader');
const heading = (page: Page, name: string): Locator => page.getByRole('columnheader', { name, exact: true });
const press = (page: Page, name: string): Promise<void> => heading(page, name).getByRole('button').click();

async function download(page: Page): Promise<string[]> {
  const started = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download CSV' }).click();
  return (await readFile(await (await started).path(), 'utf8')).trim().split(/\r?\n/);
}

test('orders are sorted by a heading: one way, the other way, and as before', async ({ page, organizer, buyer }) => {
  const conference = await crowd(organizer, buyer);
  await signIn(page, conference);
  await enter(page, 'Orders');
  await expect(names(page)).toHaveText(['Zoë Ångström', 'Ada Okafor', 'Mei Tanaka']);
  await expect(page).toHaveURL(/\/orders$/);

  await press(page, 'Registrant');
  await expect(names(page)).toHaveText(['Zoë Ångström', 'Ada Okafor', 'Mei Tanaka']);
  await expect(heading(page, 'Registrant')).toHaveAttribute('aria-sort', 'ascending');
  await press(page, 'Registrant');
  await expect(names(page)).toHaveText(['Mei Tanaka', 'Ada Okafor', 'Zoë Ångström']);
  await expect(heading(page, 'Registrant')).toHaveAttribute('aria-sort', 'descending');
  await expect(page).toHaveURL(/\/orders\?sort=-name$/);

  // The most first.
  await press(page, 'Seats');
  await expect(names(page)).toHaveText(['Ada Okafor', 'Mei Tanaka', 'Zoë Ångström']);
  await expect(heading(page, 'Seats')).toHaveAttribute('aria-sort', 'descending');
  await expect(heading(page, 'Registrant')).toHaveAttribute('aria-sort', 'none');
  await inspect(page);
  await press(page, 'Seats');
  await expect(names(page)).toHaveText(['Zoë Ångström', 'Mei Tanaka', 'Ada Okafor']);
  await press(page, 'Seats');
  await expect(heading(page, 'Seats')).toHaveAttribute('aria-sort', 'none');
  await expect(names(page)).toHaveText(['Zoë Ångström', 'Ada Okafor', 'Mei Tanaka']);
  await expect(page).toHaveURL(/\/orders$/);
});

test('a new order waits where its place is not known, and only where it belongs', async ({ page, organizer, buyer }) => {
  const conference = await crowd(organizer, buyer);
  const nils = { first_name: 'Nils', last_name: 'Berg', email: 'nils@example.org' };
  await signIn(page, conference);
  await enter(page, 'Orders');
  await press(page, 'Registrant');
  // In this order the rows are the same, so that only the table says that the answer is there.
  await expect(page.getByRole('table')).toHaveAttribute('aria-busy', 'false');
  await expect(names(page)).toHaveText(['Zoë Ångström', 'Ada Okafor', 'Mei Tanaka']);
  await buyer.buyFree(conference, { Visitor: 1 }, nils);
  await expect(page.getByText('1 new order', { exact: true })).toBeVisible();
  await expect(names(page)).toHaveCount(3);
  await inspect(page);
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await expect(names(page)).toHaveText(['Zoë Ångström', 'Nils Berg', 'Ada Okafor', 'Mei Tanaka']);
  await expect(page.getByText('1 new order', { exact: true })).toHaveCount(0);

  // Of what the filter leaves out nothing is said, until it fits.
  const live = page.waitForResponse(/\/events(\?|$)/);
  await page.goto(`/manage/${conference.slug}/orders?status=confirmed`);
  await live;
  await expect(names(page)).toHaveCount(4);
  const held = await buyer.place(conference, { Visitor: 1 });
  await buyer.buyFree(conference, { Visitor: 1 }, nils);
  await expect(page.getByText('1 new order', { exact: true })).toBeVisible();
  await buyer.register(held);
  await buyer.send('POST', `/api/orders/${held.id}/confirmation`, {});
  await expect(page.getByText('2 new orders', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await expect(names(page)).toHaveCount(6);
});

test('what happened before anything was heard is seen', async ({ page, organizer, buyer }) => {
  const conference = await crowd(organizer, buyer);
  const nils = { first_name: 'Nils', last_name: 'Berg', email: 'nils@example.org' };
  await signIn(page, conference);
  /** Opens a page whose messages do not come until they are released. */
  const openUnheard = async (address: string): Promise<() => void> => {
    const release = await hold(page, /\/events$/, 1);
    const asked = page.waitForRequest(/\/events$/);
    await page.goto(`/manage/${conference.slug}/${address}`);
    await asked;
    return release;
  };

  let hear = await openUnheard('orders');
  await expect(names(page)).toHaveText(['Zoë Ångström', 'Ada Okafor', 'Mei Tanaka']);
  const held = await buyer.place(conference, { Visitor: 1 });
  hear();
  await expect(names(page)).toHaveText(['Not named yet', 'Zoë Ångström', 'Ada Okafor', 'Mei Tanaka']);

  // Where its place is not known it waits; what is shown already is as it is now.
  hear = await openUnheard('orders?sort=name');
  await expect(names(page)).toHaveCount(4);
  await buyer.register(held, nils);
  await buyer.buyFree(conference, { Visitor: 1 }, { first_name: 'Kim', last_name: 'Lund', email: 'kim@example.org' });
  hear();
  await expect(page.getByText('1 new order', { exact: true })).toBeVisible();
  await expect(page.getByRole('rowheader', { name: 'Nils Berg' })).toBeVisible();
  await expect(names(page)).toHaveCount(4);
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await expect(names(page)).toHaveCount(5);

  hear = await openUnheard(`orders/${held.id}`);
  await expect(page.getByRole('heading', { level: 1, name: 'Nils Berg' })).toBeVisible();
  await buyer.send('POST', `/api/orders/${held.id}/confirmation`, {});
  hear();
  await expect(page.getByText('Confirmed', { exact: true })).toBeVisible();
});

test('a heading is pressed with the keyboard and keeps the focus', async ({ page, organizer, buyer }) => {
  const conference = await crowd(organizer, buyer);
  await signIn(page, conference);
  await enter(page, 'Attendees');
  const button = heading(page, 'E-mail address').getByRole('button');
  await button.focus();
  await page.keyboard.press('Enter');
  await expect(names(page)).toHaveText([/^Ada/, /^Mei/, /^Zoë/, /^Nobody/, /^Nobody/, /^Nobody/]);
  await expect(button).toBeFocused();
  await page.keyboard.press('Space');
  await expect(names(page)).toHaveText([/^Zoë/, /^Mei/, /^Ada/, /^Nobody/, /^Nobody/, /^Nobody/]);
  await expect(button).toBeFocused();
  await expect(page).toHaveURL(/\/attendees\?sort=-email$/);
});

test('columns are hidden and come back, and one of them stays', async ({ page, organizer, buyer }) => {
  const conference = await crowd(organizer, buyer);
  await signIn(page, conference);
  await enter(page, 'Attendees');
  const choice = page.getByRole('group', { name: 'Columns' });
  await expect(choice).toBeHidden();
  await page.getByText('Columns', { exact: true }).first().click();
  await inspect(page);

  await press(page, 'Seat type');
  await expect(page).toHaveURL(/\?sort=seat_type$/);
  // An order that could not be seen goes with its column.
  await choice.getByLabel('Seat type').uncheck();
  await expect(heading(page, 'Seat type')).toBeHidden();
  await expect(page).toHaveURL(/\?columns=name%2Cemail%2Cchecked_in_at$/);
  await choice.getByLabel('Seat type').check();
  await expect(page.getByRole('columnheader')).toHaveText([/Name/, /E-mail/, /Seat type/, /Checked in/, /Order/]);
  await expect(page).toHaveURL(/\/attendees$/);

  for (const label of ['E-mail address', 'Seat type', 'Checked in']) await choice.getByLabel(label).uncheck();
  await expect(choice.getByLabel('Name', { exact: true })).toBeDisabled();
  await expect(page.getByRole('columnheader')).toHaveText([/Name/, /Order/]);
  await choice.getByRole('button', { name: 'Show the usual columns' }).click();
  await expect(page.getByRole('columnheader')).toHaveCount(5);
  await expect(choice.getByLabel('Name', { exact: true })).toBeEnabled();

  await choice.getByLabel('Ticket code').focus();
  await page.keyboard.press('Escape');
  await expect(choice).toBeHidden();
  await expect(page.getByText('Columns', { exact: true }).first()).toBeFocused();
});

test('a reload keeps the choice, and the way back restores it', async ({ page, organizer, buyer }) => {
  const conference = await crowd(organizer, buyer);
  await signIn(page, conference);
  await enter(page, 'Orders');
  await expect(names(page)).toHaveCount(3);
  await press(page, 'Seats');
  await expect(names(page)).toHaveText(['Ada Okafor', 'Mei Tanaka', 'Zoë Ångström']);
  await page.getByText('Columns', { exact: true }).first().click();
  await page.getByRole('checkbox', { name: 'E-mail' }).uncheck();
  await expect(heading(page, 'E-mail')).toBeHidden();
  const address = page.url();

  await page.reload();
  await expect(names(page)).toHaveText(['Ada Okafor', 'Mei Tanaka', 'Zoë Ångström']);
  await expect(heading(page, 'Seats')).toHaveAttribute('aria-sort', 'descending');
  await expect(heading(page, 'Status')).toBeVisible();
  await expect(heading(page, 'E-mail')).toBeHidden();

  await press(page, 'Registrant');
  await expect(names(page)).toHaveText(['Zoë Ångström', 'Ada Okafor', 'Mei Tanaka']);
  await page.goBack();
  await expect(page).toHaveURL(address);
  await expect(names(page)).toHaveText(['Ada Okafor', 'Mei Tanaka', 'Zoë Ångström']);
  await expect(heading(page, 'Seats')).toHaveAttribute('aria-sort', 'descending');
  await page.goForward();
  await expect(names(page)).toHaveText(['Zoë Ångström', 'Ada Okafor', 'Mei Tanaka']);
  await expect(heading(page, 'Registrant')).toHaveAttribute('aria-sort', 'ascending');
  await enter(page, 'Orders');
  await expect(heading(page, 'E-mail')).toBeVisible();
  await expect(heading(page, 'Registrant')).toHaveAttribute('aria-sort', 'none');
});

test('what an address names wrongly is as usual', async ({ page, organizer, buyer }) => {
  const conference = await crowd(organizer, buyer);
  await signIn(page, conference);
  await page.goto(`/manage/${conference.slug}/orders?sort=colour&columns=total,total`);
  await expect(names(page)).toHaveText(['Zoë Ångström', 'Ada Okafor', 'Mei Tanaka']);
  await expect(page.getByRole('columnheader')).toHaveCount(7);
  await expect(page).toHaveURL(/\/orders$/);
});

test('the spreadsheet has the rows, the order and the columns that are shown', async ({ page, organizer, buyer }) => {
  const conference = await crowd(organizer, buyer);
  await signIn(page, conference);
  await enter(page, 'Orders');
  await expect(names(page)).toHaveCount(3);
  const [usual] = await download(page);
  expect(usual).toBe('name,email,seats,attendees,total,status,placed_at');

  await page.goto(`/manage/${conference.slug}/orders?q=a&sort=-seats&columns=email,seats,name`);
  await expect(names(page)).toHaveText(['ada@example.org', 'mei@example.org', 'zoe@example.org']);
  expect(await download(page)).toEqual([
    'email,seats,name',
    'ada@example.org,3 × Visitor,Ada Okafor',
    'mei@example.org,2 × Visitor,Mei Tanaka',
    'zoe@example.org,1 × Visitor,Zoë Ångström',
  ]);
  await page.getByLabel('Search').fill('tanaka');
  await expect(names(page)).toHaveText(['mei@example.org']);
  expect(await download(page)).toEqual(['email,seats,name', 'mei@example.org,2 × Visitor,Mei Tanaka']);

  await enter(page, 'Attendees');
  await press(page, 'Name');
  await expect(names(page)).toHaveText([/^Zoë/, /^Ada/, /^Mei/, /^Nobody/, /^Nobody/, /^Nobody/]);
  await page.getByText('Columns', { exact: true }).first().click();
  await page.getByRole('checkbox', { name: 'Checked in' }).uncheck();
  await page.getByRole('checkbox', { name: 'Seat in the order' }).check();
  expect((await download(page)).slice(0, 4)).toEqual([
    'name,email,seat_type,position',
    'Zoë Ångström,zoe@example.org,Visitor,1',
    'Ada Okafor,ada@example.org,Visitor,1',
    'Mei Tanaka,mei@example.org,Visitor,1',
  ]);
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 320, height: 640 } });

  test('cards are sorted by a choice', async ({ page, organizer, buyer }) => {
    const conference = await crowd(organizer, buyer);
    await signIn(page, conference);
    await page.goto(`/manage/${conference.slug}/orders`);
    await expect(names(page)).toHaveCount(3);
    const turn = page.getByRole('button', { name: /^(As|Des)cending$/ });
    await expect(turn).toBeHidden();
    await page.getByLabel('Sort by').selectOption('Seats');
    await expect(names(page)).toHaveText(['Ada Okafor', 'Mei Tanaka', 'Zoë Ångström']);
    await expect(turn).toHaveText('Descending');
    await turn.click();
    await expect(names(page)).toHaveText(['Zoë Ångström', 'Mei Tanaka', 'Ada Okafor']);
    await expect(page).toHaveURL(/\?sort=seats$/);
    await page.getByText('Columns', { exact: true }).first().click();
    await fits(page);
    await axe(page);
    await page.goBack();
    await expect(turn).toHaveText('Descending');
    await page.goBack();
    await expect(page.getByLabel('Sort by')).toHaveValue('');
    await expect(turn).toBeHidden();
  });
});

test('German: the headings and the choice', async ({ page, organizer, buyer }) => {
  const conference = await crowd(organizer, buyer);
  await signIn(page, conference);
  await page.goto(`/manage/${conference.slug}/orders?lang=de`);
  await expect(names(page)).toHaveCount(3);
  await press(page, 'Plätze');
  await expect(heading(page, 'Plätze')).toHaveAttribute('aria-sort', 'descending');
  await page.getByText('Spalten', { exact: true }).first().click();
  await expect(page.getByRole('checkbox', { name: 'Bestellnummer' })).toBeVisible();
  await inspect(page);
});
