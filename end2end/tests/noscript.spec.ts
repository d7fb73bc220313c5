import { ADA } from '../support/api';
import { expectConfirmed, expectHeld, fillDetails, findOrder, quantity, seat, total } from '../support/registrant';
import { expect, test } from '../support/test';

test.use({ javaScriptEnabled: false });

// A browser that runs no scripts still fetches what scripts would need, and complains that nobody takes it.
test.beforeEach(({ watch }) => {
  watch.allow(/request failed: GET .*\/assets\/\w+-\w+\.js csp/);
  watch.allow(/\.wasm was preloaded using link preload but not used/);
});

const GENERAL = { name: 'General', price: 19_900, quota: 100 };

test('the whole way works with plain forms', async ({ page, organizer, stranger }) => {
  const conference = await organizer.publish([GENERAL]);
  await page.goto('/');
  await page.getByRole('link', { name: conference.name, exact: true }).click();
  await quantity(page, 'General').fill('2');
  await page.getByRole('button', { name: 'Order now' }).click();
  await expectHeld(page);
  await expect(total(page)).toHaveText('$398.00');

  await fillDetails(page);
  await page.getByRole('button', { name: 'Pay', exact: true }).click();
  await page.getByRole('button', { name: 'Accept' }).click();
  const code = await expectConfirmed(page);

  await seat(page, 2).getByLabel('First name').fill('Mei');
  await seat(page, 2).getByLabel('Last name').fill('Tanaka');
  await seat(page, 2).getByLabel('E-mail').fill('mei@example.org');
  await seat(page, 2).getByRole('button', { name: 'Save' }).click();
  await expect(seat(page, 2).getByRole('status')).toHaveText('Mei Tanaka');

  const elsewhere = await stranger();
  await findOrder(elsewhere, ADA.email, code);
  await expect(elsewhere.getByTestId('access-code')).toHaveText(code);
  await expect(seat(elsewhere, 2).getByRole('status')).toHaveText('Mei Tanaka');
});

test('a free order is confirmed by its form', async ({ page, organizer }) => {
  const conference = await organizer.publish([{ ...GENERAL, price: 0 }]);
  await page.goto(`/${conference.slug}`);
  await quantity(page, 'General').fill('1');
  await page.getByRole('button', { name: 'Order now' }).click();
  await fillDetails(page);
  await page.getByRole('button', { name: 'Confirm', exact: true }).click();
  await expectConfirmed(page);
});

test('a rejected payment comes back to the checkout', async ({ page, organizer }) => {
  const conference = await organizer.publish([GENERAL]);
  await page.goto(`/${conference.slug}`);
  await quantity(page, 'General').fill('1');
  await page.getByRole('button', { name: 'Order now' }).click();
  await fillDetails(page);
  await page.getByRole('button', { name: 'Pay', exact: true }).click();
  await page.getByRole('button', { name: 'Reject' }).click();
  await expect(page.getByRole('alert')).toContainText('The payment was declined.');
});

test('a part of the seats, other seats, and giving them back are forms too', async ({ page, organizer, buyer }) => {
  const conference = await organizer.publish([{ ...GENERAL, quota: 3 }]);
  await page.goto(`/${conference.slug}`);
  await quantity(page, 'General').fill('3');
  await buyer.place(conference, { General: 1 });
  await page.getByRole('button', { name: 'Order now' }).click();
  await expect(page.getByText('You asked for 3, we could hold 2.')).toBeVisible();
  await page.getByRole('button', { name: 'Continue with these' }).click();
  await expectHeld(page);
  await page.getByText('Change the seats').click();
  await quantity(page, 'General').fill('1');
  await page.getByRole('button', { name: 'Update the seats' }).click();
  await expectHeld(page);
  await expect(total(page)).toHaveText('$199.00');
  await page.getByRole('button', { name: 'Give the seats back' }).click();
  await expect(page.getByRole('heading', { name: 'The seats are given back' })).toBeVisible();
});

test('a refused choice shows the page again with the reason', async ({ page, organizer, watch }) => {
  watch.expect(/422/);
  const conference = await organizer.publish([GENERAL]);
  await page.goto(`/${conference.slug}`);
  await page.getByRole('button', { name: 'Order now' }).click();
  await expect(page.getByRole('alert')).toContainText('Choose at least one seat.');
  await expect(quantity(page, 'General')).toHaveValue('0');
});

test('refused details show the page again with the input and the reason', async ({ page, organizer, watch }) => {
  watch.expect(/422/);
  const conference = await organizer.publish([GENERAL]);
  await page.goto(`/${conference.slug}`);
  await quantity(page, 'General').fill('1');
  await page.getByRole('button', { name: 'Order now' }).click();
  await fillDetails(page, { first_name: 'Ada', last_name: 'Okafor', email: 'ada@example' });
  await page.getByRole('button', { name: 'Pay', exact: true }).click();
  await expect(page.getByLabel('First name')).toHaveValue('Ada');
  await expect(page.getByLabel('E-mail')).toHaveValue('ada@example');
  await expect(page.getByLabel('E-mail')).toHaveAccessibleDescription(
    'This does not look like an e-mail address.',
  );
});

test('a promotional code takes effect with the order, and a refused one is said at its field', async ({
  page,
  organizer,
  watch,
}) => {
  watch.expect(/422/);
  const conference = await organizer.publish([GENERAL]);
  await organizer.addPromoCode(conference, { code: 'EARLY', discount: { kind: 'percentage', percent: 50 } });
  await page.goto(`/${conference.slug}`);
  await quantity(page, 'General').fill('2');
  await page.getByText('Have a promotional code?').click();
  await page.getByLabel('Promotional code').fill('LATE');
  await page.getByRole('button', { name: 'Order now' }).click();
  await expect(page.getByLabel('Promotional code')).toHaveValue('LATE');
  await expect(page.getByLabel('Promotional code')).toHaveAccessibleDescription(/We do not know this code\./);
  await page.getByLabel('Promotional code').fill('early');
  await page.getByRole('button', { name: 'Order now' }).click();
  await expectHeld(page);
  await expect(total(page)).toHaveText('$199.00');
});

test('the wait list works with plain forms', async ({ page, organizer, buyer }) => {
  const conference = await organizer.publish([{ ...GENERAL, quota: 1 }]);
  const order = await buyer.place(conference, { General: 1 });
  await page.goto(`/${conference.slug}`);
  await page.getByRole('link', { name: 'Join the wait list' }).click();
  await page.getByLabel('E-mail').fill('mei@example.org');
  await page.getByRole('button', { name: 'Join the wait list' }).click();
  await expect(page.getByText('1 seat, General. You are the next.')).toBeVisible();
  await buyer.release(order);
  await page.reload();
  await page.getByRole('link', { name: 'Take them' }).click();
  await expectHeld(page);
});

test('an organizer locates her conference by a plain form', async ({ page, organizer, watch }) => {
  watch.expect(/401/);
  const conference = await organizer.publish([GENERAL]);
  await page.goto('/');
  await page.getByRole('link', { name: 'For organizers' }).click();
  await page.getByLabel('E-mail address').fill(conference.email);
  await page.getByLabel('Access code').fill('WRONG');
  await page.getByRole('button', { name: 'Locate' }).click();
  await expect(page.getByText('We found no conference with these.')).toBeVisible();
  await expect(page.getByLabel('E-mail address')).toHaveValue(conference.email);
  await page.getByLabel('Access code').fill(conference.accessCode);
  await page.getByRole('button', { name: 'Locate' }).click();
  await expect(page).toHaveURL(`/manage/${conference.slug}`);
  // A browser whose scripts are only held back does not show what stands in `noscript`.
  expect(await page.content()).toContain('This part needs JavaScript.');
});
