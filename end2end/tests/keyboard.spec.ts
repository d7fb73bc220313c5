import type { Page } from '@playwright/test';
import { ADA } from '../support/api';
import { expectArrived, press, tabTo, typeInto } from '../support/keyboard';
import { expectConfirmed, expectHeld, quantity, seat, total } from '../support/registrant';
import { expect, test } from '../support/test';

const GENERAL = { name: 'General', price: 19_900, quota: 100 };
const FREE = { name: 'Visitor', price: 0, quota: 30 };

async function typeDetails(page: Page): Promise<void> {
  await typeInto(page, 'First name', ADA.first_name);
  await typeInto(page, 'Last name', ADA.last_name);
  await typeInto(page, /^E-mail/, ADA.email);
}

test('a registrant gets from the conference to her ticket by keyboard alone', async ({ page, organizer }) => {
  const conference = await organizer.publish([GENERAL]);
  await page.goto(`/${conference.slug}`);
  await press(page, 'button', 'One more General');
  await page.keyboard.press('Space');
  await expect(quantity(page, 'General')).toHaveValue('2');
  await tabTo(page, 'spinbutton', 'Quantity for General', 'Shift+Tab');
  await page.keyboard.press('ArrowUp');
  await expect(quantity(page, 'General')).toHaveValue('3');
  await page.keyboard.press('ArrowDown');
  await expect(total(page)).toHaveText('$398.00');
  await press(page, 'button', 'Order now');
  await expectArrived(page, 'Almost there');
  await expectHeld(page);

  await typeDetails(page);
  await press(page, 'button', 'Pay');
  await expect(page.getByRole('heading', { name: 'Simulated payment processor' })).toBeVisible();
  await press(page, 'button', 'Accept');
  await expectConfirmed(page);

  await press(page, 'button', "I'm the first attendee");
  await expect(seat(page, 1).getByRole('status')).toHaveText(`${ADA.first_name} ${ADA.last_name}`);
  await expect(seat(page, 1).getByRole('button', { name: 'Save' })).toBeFocused();
  await page.waitForLoadState('networkidle');
  await press(page, 'link', 'All tickets');
  await expect(page.getByRole('heading', { level: 1, name: 'Tickets' })).toBeVisible();
  await expect(page.getByRole('img', { name: /^Code to scan/ })).toHaveCount(2);
});

test('a free order is confirmed from its last field, by Enter', async ({ page, organizer }) => {
  const conference = await organizer.publish([FREE]);
  await page.goto(`/${conference.slug}`);
  await press(page, 'button', 'One more Visitor');
  await press(page, 'button', 'Order now');
  await expectArrived(page, 'Almost there');
  await expectHeld(page);
  await typeDetails(page);
  await page.keyboard.press('Enter');
  await expectConfirmed(page);
  await expectArrived(page, 'You are in');
});

test('an organizer gets from nothing to a sale by keyboard alone', async ({ page, organizer, buyer }) => {
  const other = await organizer.publish([GENERAL]);
  await page.goto('/manage');
  await typeInto(page, 'E-mail address', other.email);
  await typeInto(page, 'Access code', other.accessCode);
  await page.keyboard.press('Enter');
  await expectArrived(page, other.name);

  await page.goto('/manage/create');
  await typeInto(page, 'Name', 'Keys and Signals');
  await typeInto(page, 'Description', 'A day without mice.');
  await typeInto(page, 'Location', 'Roundhouse, Turin');
  // A field for a day has a part for the month, the day and the year, and goes from one to the next by itself.
  await tabTo(page, 'textbox', 'First day');
  await page.keyboard.type('05082031');
  await expect(page.getByLabel('Last day')).toHaveValue('2031-05-08');
  await typeInto(page, 'Your name', 'Grace Weiss');
  await typeInto(page, 'E-mail address', 'grace-keys@example.org');
  await press(page, 'button', 'Create conference');
  await expectArrived(page, 'Your conference is ready');
  await press(page, 'button', 'Continue to the dashboard');
  await expectArrived(page, 'Keys and Signals');

  await press(page, 'link', 'Seat types');
  await expectArrived(page, 'Seat types');
  await press(page, 'button', 'Add seat type');
  await expect(page.getByLabel('Name')).toBeFocused();
  await page.keyboard.type('Visitor');
  await typeInto(page, /^Price/, '0');
  await typeInto(page, /^Quota/, '30');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('rowheader', { name: 'Visitor' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Add seat type' })).toBeFocused();

  await tabTo(page, 'link', 'Dashboard', 'Shift+Tab');
  await page.keyboard.press('Enter');
  await expectArrived(page, 'Keys and Signals');
  await press(page, 'button', 'Publish');
  await expect(page.getByText('Published', { exact: true })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Open the public page' })).toBeFocused();

  const sold = await buyer.send<{ seat_types: { id: string }[] }>('GET', '/api/conferences/keys-and-signals');
  const placed = await buyer.send<{ id: string }>('POST', '/api/conferences/keys-and-signals/orders', {
    seats: [{ seat_type_id: sold.seat_types[0].id, quantity: 1 }],
  });
  await buyer.send('PUT', `/api/orders/${placed.id}/registrant`, ADA);
  await buyer.send('POST', `/api/orders/${placed.id}/confirmation`, {});
  await expect(page.getByText('1 of 30 sold')).toBeVisible();
  await press(page, 'link', 'Orders');
  await expectArrived(page, 'Orders');
  await press(page, 'link', 'Ada Okafor');
  await expectArrived(page, 'Ada Okafor');
});
