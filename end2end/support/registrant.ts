/** The registrant's way, as she walks it. */

import { type Page, expect } from '@playwright/test';
import { ADA, type Conference, type Person } from './api';

export function quantity(page: Page, seatType: string) {
  return page.getByRole('spinbutton', { name: `Quantity for ${seatType}` });
}

export function total(page: Page) {
  return page.getByTestId('total');
}

/** Presses "one more" as often as is asked for. */
export async function choose(page: Page, seats: Record<string, number>): Promise<void> {
  for (const [name, count] of Object.entries(seats)) {
    const more = page.getByRole('button', { name: `One more ${name}`, exact: true });
    for (let pressed = 0; pressed < count; pressed += 1) await more.click();
    await expect(quantity(page, name)).toHaveValue(String(count));
  }
}

export async function orderNow(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Order now' }).click();
  await expect(page.getByRole('heading', { name: 'Almost there' })).toBeVisible();
}

/** From the conference's page to seats that are held. */
export async function order(page: Page, conference: Conference, seats: Record<string, number>): Promise<void> {
  await page.goto(`/${conference.slug}`);
  await choose(page, seats);
  await orderNow(page);
  await expectHeld(page);
}

export async function expectHeld(page: Page): Promise<void> {
  await expect(page.getByText('Your seats are held for you.')).toBeVisible();
}

export async function fillDetails(page: Page, person: Person = ADA): Promise<void> {
  await page.getByLabel('First name').fill(person.first_name);
  await page.getByLabel('Last name').fill(person.last_name);
  await page.getByLabel('E-mail').fill(person.email);
}

export async function goToPayment(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Pay', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Simulated payment processor' })).toBeVisible();
}

export async function accept(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Accept' }).click();
}

/** Waits until the order is confirmed; gives its access code. */
export async function expectConfirmed(page: Page): Promise<string> {
  await expect(page.getByRole('heading', { name: 'You are in' })).toBeVisible();
  const code = page.getByTestId('access-code');
  await expect(code).toHaveText(/^[A-Z0-9]{6}$/);
  return code.innerText();
}

export function seat(page: Page, number: number) {
  return page.getByRole('group', { name: new RegExp(`^Seat ${number}:`) });
}

export async function findOrder(page: Page, email: string, code: string): Promise<void> {
  await page.goto('/');
  await page.getByRole('link', { name: 'Find my order' }).click();
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Access code').fill(code);
  await page.getByRole('button', { name: 'Open my order' }).click();
}
