import { ADA } from '../support/api';
import { inspect } from '../support/inspect';
import {
  accept,
  choose,
  expectConfirmed,
  expectHeld,
  fillDetails,
  findOrder,
  goToPayment,
  order,
  orderNow,
  quantity,
  seat,
  total,
} from '../support/registrant';
import { expect, test } from '../support/test';

const GENERAL = { name: 'General', price: 19_900, quota: 100 };
const STUDENT = { name: 'Student', price: 4_950, quota: 40 };
const FREE = { name: 'Visitor', price: 0, quota: 30 };
const SCARCE = { name: 'Workshop', price: 10_000, quota: 5 };

test('a registrant pays for her seats, assigns them, and finds them again elsewhere', async ({
  page,
  organizer,
  stranger,
}) => {
  const conference = await organizer.publish([GENERAL, STUDENT]);

  await page.goto('/');
  await page.getByRole('link', { name: conference.name, exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: conference.name })).toBeVisible();
  await choose(page, { General: 2, Student: 1 });
  await expect(total(page)).toHaveText('$447.50');
  await orderNow(page);
  await expect(total(page)).toHaveText('$447.50');
  await expectHeld(page);
  await expect(page.getByRole('timer')).toHaveText(/^1[45]:\d\d$/);

  await fillDetails(page);
  await goToPayment(page);
  await expect(total(page)).toHaveText('$447.50');
  await accept(page);
  const code = await expectConfirmed(page);

  await seat(page, 1).getByRole('button', { name: "I'm the first attendee" }).click();
  await expect(seat(page, 1).getByRole('status')).toHaveText('Ada Okafor');
  await seat(page, 2).getByLabel('First name').fill('Mei');
  await seat(page, 2).getByLabel('Last name').fill('Tanaka');
  await seat(page, 2).getByLabel('E-mail').fill('mei@example.org');
  await seat(page, 2).getByRole('button', { name: 'Save' }).click();
  await expect(seat(page, 2).getByRole('status')).toHaveText('Mei Tanaka');
  await seat(page, 2).getByRole('button', { name: 'Copy down' }).click();
  await expect(seat(page, 3).getByRole('status')).toHaveText('Mei Tanaka');
  await seat(page, 3).getByRole('button', { name: 'Clear' }).click();
  await expect(seat(page, 3).getByRole('status')).toHaveText('Nobody yet');

  // Seats are shown before they are saved; the reload must not come in between.
  await page.waitForLoadState('networkidle');
  await page.reload();
  await expect(page.getByTestId('access-code')).toHaveText(code);
  await expect(seat(page, 1).getByRole('status')).toHaveText('Ada Okafor');
  await expect(seat(page, 2).getByLabel('E-mail')).toHaveValue('mei@example.org');
  await expect(seat(page, 3).getByRole('status')).toHaveText('Nobody yet');

  const elsewhere = await stranger();
  await findOrder(elsewhere, 'ADA@example.org', code.toLowerCase());
  await expect(elsewhere.getByTestId('access-code')).toHaveText(code);
  await expect(seat(elsewhere, 2).getByRole('status')).toHaveText('Mei Tanaka');
});

test('a free order is confirmed without a payment', async ({ page, organizer }) => {
  const conference = await organizer.publish([FREE]);
  await order(page, conference, { Visitor: 2 });
  await expect(total(page)).toHaveText('Free');
  await fillDetails(page);
  await page.getByRole('button', { name: 'Confirm', exact: true }).click();
  await expectConfirmed(page);
});

test('after a rejected payment the seats are still held, and paying again works', async ({ page, organizer }) => {
  const conference = await organizer.publish([GENERAL]);
  await order(page, conference, { General: 1 });
  await fillDetails(page);
  await goToPayment(page);
  await page.getByRole('button', { name: 'Reject' }).click();
  await expect(page.getByRole('alert')).toContainText('The payment was declined.');
  await expectHeld(page);
  await expect(page.getByLabel('E-mail')).toHaveValue(ADA.email);
  await goToPayment(page);
  await accept(page);
  await expectConfirmed(page);
});

test.describe('when fewer seats are left than she wants', () => {
  test.beforeEach(async ({ page, organizer, buyer }) => {
    const conference = await organizer.publish([SCARCE]);
    await page.goto(`/${conference.slug}`);
    await choose(page, { Workshop: 5 });
    await buyer.place(conference, { Workshop: 2 });
    await expect(page.getByText('Workshop: Only 3 left')).toBeVisible();
    await orderNow(page);
    await expect(page.getByText('You asked for 5, we could hold 3.')).toBeVisible();
    await expect(page.getByRole('button', { name: 'Pay', exact: true })).toBeDisabled();
  });

  test('she continues with what could be held', async ({ page }) => {
    await page.getByRole('button', { name: 'Continue with these' }).click();
    await expectHeld(page);
    await expect(total(page)).toHaveText('$300.00');
    await expect(page.getByRole('button', { name: 'Pay', exact: true })).toBeEnabled();
  });

  test('she changes what she wants', async ({ page }) => {
    await page.getByRole('link', { name: 'Change', exact: true }).click();
    await quantity(page, 'Workshop').fill('2');
    await orderNow(page);
    await expectHeld(page);
    await expect(total(page)).toHaveText('$200.00');
  });

  test('she gives back what is held', async ({ page }) => {
    const shortfall = page.getByRole('region', { name: 'We could not hold everything.' });
    await shortfall.getByRole('button', { name: 'Give the seats back' }).click();
    await expect(page.getByRole('heading', { name: 'The seats are given back' })).toBeVisible();
    await page.getByRole('link', { name: 'Choose again' }).click();
    await expect(page.getByText('Only 3 left', { exact: true })).toBeVisible();
  });

  test('every state of it can be used by everybody', async ({ page }) => {
    await inspect(page);
  });
});

test('sold out says so before and after ordering', async ({ page, organizer, buyer, stranger }) => {
  const conference = await organizer.publish([SCARCE]);
  await page.goto(`/${conference.slug}`);
  await choose(page, { Workshop: 2 });
  await buyer.place(conference, { Workshop: 5 });
  await expect(page.getByText('Workshop: Sold out')).toBeVisible();
  await orderNow(page);
  await expect(page.getByText('These seats have just gone.')).toBeVisible();
  await expect(page.getByText('You asked for 2, we could hold 0.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Continue with these' })).toBeHidden();
  await inspect(page);

  const late = await stranger();
  await late.goto(`/${conference.slug}`);
  await expect(late.getByText('Sold out')).toBeVisible();
  await expect(quantity(late, 'Workshop')).toBeHidden();
  await inspect(late);
});

test('what others buy shows without reloading', async ({ page, organizer, buyer }) => {
  const conference = await organizer.publish([GENERAL]);
  await page.goto(`/${conference.slug}`);
  await expect(page.getByText('100 left')).toBeVisible();
  await buyer.place(conference, { General: 3 });
  await expect(page.getByText('97 left')).toBeVisible();
});

test('in two tabs of one order, each shows what was done in the other', async ({ page, context, organizer }) => {
  const conference = await organizer.publish([GENERAL]);
  await order(page, conference, { General: 1 });
  await fillDetails(page);
  await goToPayment(page);

  const other = await context.newPage();
  const [paid] = await organizer.orders(conference);
  await other.goto(`/${conference.slug}/orders/${paid.id}`);
  await expect(other.getByRole('heading', { name: 'Waiting for your payment' })).toBeVisible();
  await inspect(other);
  await accept(page);
  await expectConfirmed(page);
  await expectConfirmed(other);
});

test('two tabs of one conference make two orders, and each keeps its own', async ({ page, context, organizer }) => {
  const conference = await organizer.publish([GENERAL]);
  await order(page, conference, { General: 1 });
  const other = await context.newPage();
  await order(other, conference, { General: 2 });
  await expect(total(page)).toHaveText('$199.00');
  await expect(total(other)).toHaveText('$398.00');
  expect(await organizer.orders(conference)).toHaveLength(2);
});

test('the back button loses neither the choice nor the order', async ({ page, organizer }) => {
  const conference = await organizer.publish([GENERAL]);
  await order(page, conference, { General: 2 });
  const address = page.url();
  await fillDetails(page);

  await page.goBack();
  await expect(quantity(page, 'General')).toHaveValue('2');
  await expect(page.getByText('You have an order in progress.')).toBeVisible();
  await inspect(page);
  await page.goForward();
  await expectHeld(page);
  await page.goBack();
  await page.getByRole('button', { name: 'Continue with it' }).click();
  await expect(page).toHaveURL(address);
  await expect(page.getByLabel('Last name')).toHaveValue(ADA.last_name);

  await goToPayment(page);
  await page.goBack();
  await expect(page.getByRole('heading', { name: 'Waiting for your payment' })).toBeVisible();
  await page.getByRole('button', { name: 'Go to the payment' }).click();
  await accept(page);
  await expectConfirmed(page);
  expect(await organizer.orders(conference)).toHaveLength(1);
});

test('a reload loses neither the choice nor what was typed', async ({ page, organizer }) => {
  const conference = await organizer.publish([GENERAL]);
  await page.goto(`/${conference.slug}`);
  await choose(page, { General: 3 });
  // Before the page has its scripts nothing remembers the choice.
  await expect(total(page)).toHaveText('$597.00');
  await page.reload();
  await expect(quantity(page, 'General')).toHaveValue('3');
  await expect(total(page)).toHaveText('$597.00');
  await orderNow(page);
  await expectHeld(page);
  await fillDetails(page);
  await page.reload();
  await expectHeld(page);
  await expect(page.getByLabel('E-mail')).toHaveValue(ADA.email);
  await goToPayment(page);
});

test('a double click places one order and starts one payment', async ({ page, organizer }) => {
  const conference = await organizer.publish([GENERAL]);
  await page.goto(`/${conference.slug}`);
  await choose(page, { General: 1 });
  await page.getByRole('button', { name: 'Order now' }).dblclick();
  await expectHeld(page);
  await fillDetails(page);
  await page.getByRole('button', { name: 'Pay', exact: true }).dblclick();
  await accept(page);
  await expectConfirmed(page);
  const orders = await organizer.orders(conference);
  expect(orders.map((order) => order.status)).toEqual(['confirmed']);
});

test('the seats can be changed and given back at the checkout', async ({ page, organizer }) => {
  const conference = await organizer.publish([GENERAL, STUDENT]);
  await order(page, conference, { General: 2 });
  await page.getByText('Change the seats').click();
  await choose(page, { Student: 1 });
  await page.getByRole('button', { name: 'Update the seats' }).click();
  await expect(total(page)).toHaveText('$447.50');
  await expectHeld(page);
  await page.getByRole('button', { name: 'Give the seats back' }).click();
  await expect(page.getByRole('heading', { name: 'The seats are given back' })).toBeVisible();
  await inspect(page);
});

test('more time is given once', async ({ page, organizer, watch }) => {
  watch.expect(/409/);
  const conference = await organizer.publish([GENERAL]);
  await order(page, conference, { General: 1 });
  await page.getByRole('button', { name: 'More time' }).click();
  await expect(page.getByRole('timer')).toHaveText(/^2[45]:\d\d$/);
  await page.getByRole('button', { name: 'More time' }).click();
  await expect(page.getByRole('alert')).toContainText('You have had more time already.');
});

test('nothing chosen and details that are wrong are said at their place', async ({ page, organizer }) => {
  const conference = await organizer.publish([GENERAL]);
  await page.goto(`/${conference.slug}`);
  await expect(page.getByRole('button', { name: 'One more General' })).toBeVisible();
  await page.getByRole('button', { name: 'Order now' }).click();
  await expect(page.getByRole('alert')).toContainText('Choose at least one seat.');
  await choose(page, { General: 1 });
  await orderNow(page);
  await expectHeld(page);

  await fillDetails(page, { first_name: 'Ada', last_name: '', email: 'ada@gmial.com' });
  await expect(page.getByText('Did you mean ada@gmail.com?')).toBeVisible();
  await page.getByRole('button', { name: 'Use it' }).click();
  await expect(page.getByLabel('E-mail')).toHaveValue('ada@gmail.com');
  await page.getByRole('button', { name: 'Pay', exact: true }).click();
  await expect(page.getByLabel('Last name')).toBeFocused();
  await expect(page.getByLabel('Last name')).toHaveAccessibleDescription('Please fill this in.');
  await inspect(page);
});

test("somebody else's order shows nothing of her, and the way to prove it is one's own", async ({
  page,
  organizer,
  stranger,
}) => {
  const conference = await organizer.publish([GENERAL]);
  await order(page, conference, { General: 1 });
  const nosy = await stranger();
  await nosy.goto(page.url());
  await expect(nosy.getByRole('heading', { name: 'Is this your order?' })).toBeVisible();
  await inspect(nosy);
});

test('an order that nobody can be found for is refused in words', async ({ page, watch }) => {
  watch.expect(/404/);
  await findOrder(page, 'nobody@example.org', 'ABC234');
  await expect(page.getByRole('alert')).toContainText('We found no such order.');
  await expect(page.getByLabel('E-mail')).toHaveValue('nobody@example.org');
  await inspect(page);
});

test('a page that does not exist leads on', async ({ page, watch }) => {
  watch.expect(/404/);
  await page.goto('/no-such-conference');
  await expect(page.getByRole('heading', { name: 'This conference is not open for registration.' })).toBeVisible();
  await inspect(page);
  await page.getByRole('link', { name: 'All conferences' }).click();
  await expect(page.getByRole('heading', { name: 'Upcoming conferences' })).toBeVisible();
});

test('every step can be used by everybody', async ({ page, organizer }) => {
  const conference = await organizer.publish([
    { name: 'Full conference with the workshops of both days', price: 129_900, quota: 100 },
    STUDENT,
    FREE,
  ]);
  await page.goto('/');
  await inspect(page);
  await page.goto(`/${conference.slug}`);
  await choose(page, { Student: 2, Visitor: 1 });
  await inspect(page);
  await orderNow(page);
  await expectHeld(page);
  await page.getByText('Change the seats').click();
  await inspect(page);
  await fillDetails(page);
  await goToPayment(page);
  await inspect(page);
  await accept(page);
  await expectConfirmed(page);
  await expect(seat(page, 3)).toBeVisible();
  await inspect(page);
  await page.goto('/orders/find');
  await inspect(page);
});
