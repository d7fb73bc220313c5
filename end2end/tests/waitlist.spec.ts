import { inspect } from '../support/inspect';
import { enter, signIn } from '../support/organizer';
import { choose, expectConfirmed, expectHeld, fillDetails, orderNow } from '../support/registrant';
import { expect, test } from '../support/test';

const SCARCE = { name: 'Workshop', price: 0, quota: 2 };

test('sold out leads to the wait list, and freed seats to whoever waits', async ({ page, organizer, buyer }) => {
  const conference = await organizer.publish([SCARCE]);
  const order = await buyer.place(conference, { Workshop: 2 });
  await page.goto(`/${conference.slug}`);
  await page.getByRole('link', { name: 'Join the wait list' }).click();
  await expect(page.getByLabel('Seat', { exact: true })).toHaveValue(conference.seatTypes[0].id);
  await inspect(page);
  await page.getByLabel('How many').fill('1');
  await page.getByLabel('E-mail').fill('mei@example.org');
  await page.getByRole('button', { name: 'Join the wait list' }).click();
  await expect(page.getByRole('heading', { name: 'You are on the wait list' })).toBeVisible();
  await expect(page.getByText('1 seat, Workshop. You are the next.')).toBeVisible();
  await inspect(page);

  await buyer.release(order);
  await page.reload();
  await expect(page.getByRole('heading', { name: 'There are seats for you' })).toBeVisible();
  await inspect(page);
  await page.getByRole('link', { name: 'Take them' }).click();
  await expectHeld(page);
  await expect(page.getByRole('timer')).toHaveText(/^2[34]\sh\s\d\d\smin$/);
  await fillDetails(page);
  await page.getByRole('button', { name: 'Confirm', exact: true }).click();
  await expectConfirmed(page);
});

test('fewer seats than wanted: she takes what there is and waits for the rest', async ({ page, organizer, buyer }) => {
  const conference = await organizer.publish([SCARCE]);
  await page.goto(`/${conference.slug}`);
  await choose(page, { Workshop: 2 });
  await buyer.place(conference, { Workshop: 1 });
  await expect(page.getByText('Workshop: Only 1 left')).toBeVisible();
  await orderNow(page);
  await expect(page.getByText('You asked for 2, we could hold 1.')).toBeVisible();
  await page.getByRole('link', { name: 'Wait for the rest' }).click();
  await expect(page.getByLabel('How many')).toHaveValue('1');
});

test('whoever waits may leave, and somebody else sees nothing of her', async ({ page, organizer, buyer, stranger }) => {
  const conference = await organizer.publish([SCARCE]);
  await buyer.place(conference, { Workshop: 2 });
  await page.goto(`/${conference.slug}/waitlist`);
  await page.getByLabel('E-mail').fill('mei@example.org');
  await page.getByRole('button', { name: 'Join the wait list' }).click();
  await expect(page.getByRole('heading', { name: 'You are on the wait list' })).toBeVisible();

  const nosy = await stranger();
  await nosy.goto(page.url());
  await expect(nosy.getByRole('heading', { name: 'Is this your place on the wait list?' })).toBeVisible();
  await inspect(nosy);

  await page.getByText('Leave the wait list').click();
  await page.getByRole('button', { name: 'Leave now' }).click();
  await expect(page.getByRole('heading', { name: 'You are off the list' })).toBeVisible();
  await inspect(page);
});

test('a wrong address is said at its field', async ({ page, organizer, buyer, watch }) => {
  watch.expect(/422/);
  const conference = await organizer.publish([SCARCE]);
  await buyer.place(conference, { Workshop: 2 });
  await page.goto(`/${conference.slug}/waitlist`);
  await page.getByLabel('E-mail').fill('mei@example');
  await page.getByRole('button', { name: 'Join the wait list' }).click();
  await expect(page.getByLabel('E-mail')).toHaveValue('mei@example');
  await expect(page.getByLabel('E-mail')).toHaveAccessibleDescription(/This does not look like an e-mail address\./);
  await inspect(page);
});

test('an organizer sees who waits, and removes somebody', async ({ page, organizer, buyer }) => {
  const conference = await organizer.publish([SCARCE]);
  await buyer.place(conference, { Workshop: 2 });
  await signIn(page, conference);
  await enter(page, 'Wait list');
  await expect(page.getByText('Nobody is waiting')).toBeVisible();
  await inspect(page);
  await buyer.join(conference, 'Workshop', 1, 'mei@example.org');
  const row = page.getByRole('row', { name: /mei@example\.org/ });
  await expect(row).toContainText('Waiting');
  await inspect(page);
  await row.getByRole('button', { name: 'Remove' }).click();
  const dialog = page.getByRole('dialog', { name: 'Really remove mei@example.org?' });
  await expect(dialog).toBeVisible();
  await inspect(page);
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await row.getByRole('button', { name: 'Remove' }).click();
  await dialog.getByRole('button', { name: 'Remove' }).click();
  await expect(page.getByRole('row', { name: /Left/ })).toBeVisible();
});

test('a place on the wait list moves while one looks at it', async ({ page, organizer, buyer, stranger }) => {
  const conference = await organizer.publish([{ name: 'Workshop', price: 0, quota: 1 }]);
  const order = await buyer.place(conference, { Workshop: 1 });
  const first = await buyer.join(conference, 'Workshop', 1, 'mei@example.org');
  await page.goto(`/${conference.slug}/waitlist`);
  await page.getByLabel('E-mail').fill('nils@example.org');
  await page.getByRole('button', { name: 'Join the wait list' }).click();
  await expect(page.getByRole('heading', { name: 'You are on the wait list' })).toBeVisible();
  await expect(page.getByRole('status')).not.toContainText('You are the next.');
  await buyer.leave(first.id);
  await expect(page.getByRole('status')).toContainText('You are the next.');
  await buyer.release(order);
  await expect(page.getByRole('heading', { name: 'There are seats for you' })).toBeVisible();
  await inspect(page);
  await page.getByRole('link', { name: 'Take them' }).click();
  await expect(page.getByLabel('First name')).toBeVisible();
  const nosy = await stranger();
  await nosy.goto(`/${conference.slug}/waitlist/${first.id}`);
  await expect(nosy.getByRole('heading', { name: 'Is this your place on the wait list?' })).toBeVisible();
});
