import { inspect } from '../support/inspect';
import { accept, choose, expectConfirmed, expectHeld, fillDetails, goToPayment, orderNow, total } from '../support/registrant';
import { signIn, enter } from '../support/organizer';
import { expect, test } from '../support/test';

const GENERAL = { name: 'General', price: 20_000, quota: 100 };
const WORKSHOP = { name: 'Workshop', price: 10_000, quota: 50 };
const EARLY = { code: 'EARLY', description: 'Early birds', discount: { kind: 'percentage', percent: 10 } } as const;
const EVERYTHING = { code: 'SPEAKER', discount: { kind: 'percentage', percent: 100 } } as const;

test('a promotional code takes effect on the total at once, and on what is paid', async ({ page, organizer }) => {
  const conference = await organizer.publish([GENERAL, WORKSHOP]);
  await organizer.addPromoCode(conference, EARLY);
  await page.goto(`/${conference.slug}`);
  await choose(page, { General: 1 });
  await page.getByText('Have a promotional code?').click();
  await page.getByLabel('Promotional code').fill('early');
  await page.getByLabel('Promotional code').press('Enter');
  await expect(total(page)).toHaveText('$180.00');
  await expect(page.getByRole('row', { name: /EARLY · Early birds/ })).toContainText('-$20.00');
  await inspect(page);
  await choose(page, { Workshop: 1 });
  await expect(total(page)).toHaveText('$270.00');

  await orderNow(page);
  await expect(total(page)).toHaveText('$270.00');
  await expectHeld(page);
  await expect(page.getByRole('row', { name: /EARLY · Early birds/ })).toContainText('-$30.00');
  await inspect(page);
  await fillDetails(page);
  await goToPayment(page);
  await expect(total(page)).toHaveText('$270.00');
  await accept(page);
  await expectConfirmed(page);
});

test('a code that cannot be used says why and changes nothing', async ({ page, organizer, watch }) => {
  watch.expect(/422/);
  const conference = await organizer.publish([GENERAL]);
  await page.goto(`/${conference.slug}`);
  await choose(page, { General: 1 });
  await page.getByText('Have a promotional code?').click();
  const field = page.getByLabel('Promotional code');
  await field.fill('NOBODY');
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(field).toHaveAccessibleDescription(/We do not know this code\./);
  await expect(total(page)).toHaveText('$200.00');
  await inspect(page);
  // Ordering all the same brings her back, with everything as it was.
  await page.getByRole('button', { name: 'Order now' }).click();
  await expect(page.getByRole('alert')).toContainText('This code cannot be used.');
  await expect(field).toHaveValue('NOBODY');
  await field.fill('');
  await orderNow(page);
  await expectHeld(page);
});

test('a code for everything makes an order free', async ({ page, organizer }) => {
  const conference = await organizer.publish([GENERAL]);
  await organizer.addPromoCode(conference, EVERYTHING);
  await page.goto(`/${conference.slug}`);
  await choose(page, { General: 2 });
  await page.getByText('Have a promotional code?').click();
  await page.getByLabel('Promotional code').fill('speaker');
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(total(page)).toHaveText('$0.00');
  await orderNow(page);
  await fillDetails(page);
  await page.getByRole('button', { name: 'Confirm', exact: true }).click();
  await expectConfirmed(page);
});

test('a code is added and taken away at the checkout', async ({ page, organizer }) => {
  const conference = await organizer.publish([GENERAL]);
  await organizer.addPromoCode(conference, EARLY);
  await page.goto(`/${conference.slug}`);
  await choose(page, { General: 1 });
  await orderNow(page);
  await expectHeld(page);
  await page.getByText('Change the seats').click();
  await page.getByLabel('Promotional code').fill('EARLY');
  await page.getByRole('button', { name: 'Update the seats' }).click();
  await expect(total(page)).toHaveText('$180.00');
  await expectHeld(page);
  await page.reload();
  await expect(total(page)).toHaveText('$180.00');
  await page.getByText('Change the seats').click();
  await page.getByLabel('Promotional code').fill('');
  await page.getByRole('button', { name: 'Update the seats' }).click();
  await expect(total(page)).toHaveText('$200.00');
});

test('an organizer makes codes, changes them in place, and switches them off', async ({ page, organizer, buyer }) => {
  const conference = await organizer.publish([GENERAL, WORKSHOP]);
  await signIn(page, conference);
  await enter(page, 'Promotional codes');
  await expect(page.getByText('No promotional codes yet')).toBeVisible();
  await inspect(page);
  await page.getByRole('button', { name: 'Add promotional code' }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByLabel('Code', { exact: true })).toBeFocused();
  await inspect(page);
  await page.getByLabel('Code', { exact: true }).fill('friends');
  await page.getByLabel('Description').fill('Friends of the house');
  await page.getByLabel('Kind of discount').selectOption('Amount, once per order');
  await page.getByLabel('Discount', { exact: true }).fill('25');
  await page.getByLabel('Workshop').check();
  await page.getByLabel('Most uses').fill('3');
  await page.getByRole('button', { name: 'Save' }).click();
  const row = page.getByRole('row', { name: /FRIENDS/ });
  await expect(row).toContainText('$25.00');
  await expect(row).toContainText('Workshop');
  await expect(row).toContainText('0 of 3');
  await expect(row).toContainText('On');

  const [, workshop] = conference.seatTypes;
  const order = { seats: [{ seat_type_id: workshop.id, quantity: 1 }], promo_codes: ['friends'] };
  await buyer.send('POST', `/api/conferences/${conference.slug}/orders`, order);
  await page.reload();
  await expect(row).toContainText('1 of 3');

  await row.getByRole('button', { name: 'Edit' }).click();
  await inspect(page);
  await page.getByLabel('Discount', { exact: true }).fill('30');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(row).toContainText('$30.00');
  await row.getByRole('button', { name: 'Switch off' }).click();
  await expect(row).toContainText('Off');
  await inspect(page);
});
