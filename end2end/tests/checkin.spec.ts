import type { Page } from '@playwright/test';
import { inspect } from '../support/inspect';
import { enter, signIn } from '../support/organizer';
import { expect, test } from '../support/test';

const FREE = { name: 'Visitor', price: 0, quota: 30 };
const PEOPLE = [
  { first_name: 'Mei', last_name: 'Tanaka', email: 'mei@example.org' },
  { first_name: 'Nils', last_name: 'Berg', email: 'nils@example.org' },
];

function guest(page: Page, name: string) {
  return page.getByRole('list', { name: 'Attendees' }).getByRole('listitem').filter({ hasText: name });
}

test('a guest is found and let in once, and it can be taken back', async ({ page, organizer, buyer }) => {
  const conference = await organizer.publish([FREE]);
  const order = await buyer.buyFree(conference, { Visitor: 3 });
  for (const [position, person] of PEOPLE.entries()) await buyer.assign(order, position, person);
  await signIn(page, conference);
  await enter(page, 'Check-in');
  await expect(page.getByText('0 of 3 checked in')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Scan tickets' })).toHaveCount(0);
  await inspect(page);

  await page.getByLabel('Name, e-mail or ticket code').fill('tan');
  await expect(page.getByRole('list', { name: 'Attendees' }).getByRole('listitem')).toHaveCount(1);
  await page.getByRole('button', { name: 'Check in: Mei Tanaka' }).click();
  const verdict = page.getByRole('region', { name: 'Checked in' });
  await expect(verdict).toContainText('Mei Tanaka');
  await expect(verdict).toContainText('Visitor');
  await expect(page.getByText('1 of 3 checked in')).toBeVisible();
  await inspect(page);

  // Another door sees it without being told.
  await organizer.checkIn(conference, order, 1);
  await page.getByLabel('Name, e-mail or ticket code').fill('');
  await expect(guest(page, 'Nils Berg').getByRole('button', { name: 'Undo: Nils Berg' })).toBeVisible();
  await expect(page.getByText('2 of 3 checked in')).toBeVisible();

  await verdict.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByText('1 of 3 checked in')).toBeVisible();
  await expect(page.getByRole('region', { name: 'Check-in taken back' })).toContainText('Mei Tanaka');
  await enter(page, 'Attendees');
  await expect(page.getByRole('row', { name: /Nils Berg/ })).toContainText(/\d:\d\d/);
});

test('a ticket that is shown again says since when', async ({ page, organizer, buyer, watch }) => {
  const conference = await organizer.publish([FREE]);
  const order = await buyer.buyFree(conference, { Visitor: 1 });
  await buyer.assign(order, 0, PEOPLE[0]);
  const [row] = await organizer.attendees(conference);
  await signIn(page, conference);
  await page.goto(`/manage/${conference.slug}/check-in?ticket=${row.ticket}`);
  const found = page.getByRole('region', { name: 'Not checked in yet' });
  await expect(found).toContainText('Mei Tanaka');
  await inspect(page);
  // Nothing is heard of the other door in time.
  await page.route('**/attendees?order_id=*', (route) => route.fulfill({ json: { attendees: [], next: null } }));
  await organizer.checkIn(conference, order, 0);
  watch.expect(/409/);
  await found.getByRole('button', { name: 'Check in' }).click();
  const again = page.getByRole('region', { name: 'Already checked in' });
  await expect(again).toContainText('Mei Tanaka');
  await expect(again).toContainText(/since .*\d:\d\d/);
  await inspect(page);
  await page.goto(`/manage/${conference.slug}/check-in?ticket=AAAAAAAA-1`);
  await expect(page.getByText('No such ticket')).toBeVisible();
  await inspect(page);
});

test('what happens without a network is kept and sent once', async ({ page, context, organizer, buyer, watch }) => {
  watch.allow(/ERR_INTERNET_DISCONNECTED/);
  const conference = await organizer.publish([FREE]);
  const order = await buyer.buyFree(conference, { Visitor: 2 });
  for (const [position, person] of PEOPLE.entries()) await buyer.assign(order, position, person);
  await signIn(page, conference);
  await enter(page, 'Check-in');
  await expect(page.getByText('0 of 2 checked in')).toBeVisible();

  await context.setOffline(true);
  await page.getByRole('button', { name: 'Check in: Mei Tanaka' }).click();
  await page.getByRole('button', { name: 'Check in: Nils Berg' }).click();
  await expect(page.getByText('2 of 2 checked in')).toBeVisible();
  await expect(page.getByText('2 changes at the door are waiting to be sent')).toBeVisible();
  await expect(page.getByText('Waiting to be sent', { exact: true })).toBeVisible();
  await page.getByRole('region', { name: 'Checked in' }).getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByText('3 changes at the door are waiting to be sent')).toBeVisible();
  await inspect(page);
  expect((await organizer.attendees(conference)).map((it) => it.checked_in_at)).toEqual([null, null]);

  await context.setOffline(false);
  await expect(page.getByText('waiting to be sent')).toHaveCount(0);
  // The last of the three looks like the first of them to whoever sees the attendees alone.
  await expect.poll(() => organizer.recorded(conference, 'SeatCheckedIn')).toBe(2);
  await expect
    .poll(async () => (await organizer.attendees(conference)).map((it) => it.checked_in_at !== null))
    .toEqual([true, false]);
  await expect(page.getByText('1 of 2 checked in')).toBeVisible();
});

test('what was kept is sent after the page was left', async ({ page, organizer, buyer, watch }) => {
  watch.allow(/net::ERR_FAILED/);
  const conference = await organizer.publish([FREE]);
  await buyer.buyFree(conference, { Visitor: 1 });
  await signIn(page, conference);
  await enter(page, 'Check-in');
  await page.route('**/check-in', (route) => (route.request().method() === 'PUT' ? route.abort() : route.continue()));
  await page.getByRole('button', { name: 'Check in: Nobody yet' }).click();
  await expect(page.getByText('1 change at the door is waiting to be sent')).toBeVisible();
  await page.unroute('**/check-in');
  await page.reload();
  await expect
    .poll(async () => (await organizer.attendees(conference)).map((it) => it.checked_in_at !== null))
    .toEqual([true]);
  await expect(page.getByText('1 of 1 checked in')).toBeVisible();
});

test('a scanned ticket lets its holder in', async ({ page, organizer, buyer }) => {
  const conference = await organizer.publish([FREE]);
  const order = await buyer.buyFree(conference, { Visitor: 1 });
  await buyer.assign(order, 0, PEOPLE[0]);
  const [row] = await organizer.attendees(conference);
  // A camera that sees a ticket after a while, and a browser that reads it.
  await page.addInitScript((ticket) => {
    const canvas = document.createElement('canvas');
    canvas.getContext('2d');
    navigator.mediaDevices.getUserMedia = async () => canvas.captureStream();
    let looks = 0;
    class BarcodeDetector {
      async detect() {
        looks += 1;
        return looks > 2 ? [{ rawValue: `https://plenary.example/manage/x/check-in?ticket=${ticket}` }] : [];
      }
    }
    Object.assign(window, { BarcodeDetector });
  }, row.ticket);
  await signIn(page, conference);
  await enter(page, 'Check-in');
  await page.getByRole('button', { name: 'Scan tickets' }).click();
  await expect(page.getByLabel('What the camera sees')).toBeVisible();
  await expect(page.getByRole('region', { name: 'Checked in' })).toContainText('Mei Tanaka');
  await expect(page.getByText('1 of 1 checked in')).toBeVisible();
  await inspect(page);
  await page.getByRole('button', { name: 'Stop scanning' }).click();
  await expect(page.getByLabel('What the camera sees')).toHaveCount(0);
  expect(await organizer.recorded(conference, 'SeatCheckedIn')).toBe(1);
});
