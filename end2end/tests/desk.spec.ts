import { hold } from '../support/hold';
import { inspect } from '../support/inspect';
import { enter, signIn } from '../support/organizer';
import { expect, test } from '../support/test';

const GENERAL = { name: 'General', price: 19_900, quota: 10 };
const FREE = { name: 'Visitor', price: 0, quota: 30 };

test('how long seats are held is for the organizer to say', async ({ page, organizer, buyer }) => {
  const conference = await organizer.publish([FREE]);
  await signIn(page, conference);
  await enter(page, 'Details');
  const shown = page.getByLabel('Time to complete an order, in minutes');
  await expect(shown).toHaveValue('15');
  await expect(page.getByLabel('Time to accept an offer of the wait list, in hours')).toHaveValue('24');
  await shown.fill('soon');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(shown).toHaveAccessibleDescription(/Please enter a time, such as 15 or 7:30\./);
  await inspect(page);
  await shown.fill('45');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  await page.reload();
  await expect(shown).toHaveValue('45');
  const order = await buyer.place(conference, { Visitor: 1 });
  const minutes = (Date.parse(order.expires_at) - Date.parse(order.placed_at)) / 60_000;
  expect(minutes).toBe(45);
});

test('the dashboard shows the numbers as they were', async ({ page, organizer, buyer }) => {
  const conference = await organizer.publish([FREE]);
  await buyer.buyFree(conference, { Visitor: 2 });
  await signIn(page, conference);
  await expect(page.getByText('2 of 30 sold')).toBeVisible();
  const slider = page.getByLabel('Show the numbers as they were');
  await slider.fill('0');
  await expect(page.getByText(/^As of /)).toBeVisible();
  await expect(page.getByText('0 of 30 sold').or(page.getByText('0 of 0 sold'))).toBeVisible();
  await inspect(page);
  await page.getByRole('button', { name: 'Back to now' }).click();
  await expect(page.getByText('2 of 30 sold')).toBeVisible();
});

test('a quota below what is sold is said', async ({ page, organizer, buyer }) => {
  const conference = await organizer.publish([FREE]);
  await buyer.buyFree(conference, { Visitor: 5 });
  await organizer.setQuota(conference, 'Visitor', 3);
  await signIn(page, conference);
  await expect(page.getByText('2 more sold than the quota')).toBeVisible();
  await inspect(page);
});

test('the people of an order are forgotten when the organizer says so', async ({ page, organizer, buyer }) => {
  const conference = await organizer.publish([FREE]);
  const order = await buyer.buyFree(conference, { Visitor: 1 });
  await signIn(page, conference);
  await page.goto(`/manage/${conference.slug}/orders/${order.id}`);
  await expect(page.getByRole('heading', { level: 1, name: 'Ada Okafor' })).toBeVisible();
  await page.getByRole('button', { name: 'Erase personal data' }).click();
  const dialog = page.getByRole('dialog', { name: 'Erase personal data' });
  await inspect(page);
  await dialog.getByRole('button', { name: 'Erase personal data' }).click();
  await expect(page.getByText('The personal data of this order are erased.')).toBeVisible();
  await expect(page.getByText('Okafor')).toHaveCount(0);
  await inspect(page);
});

test('an organizer finds her way by keyboard alone', async ({ page, organizer }) => {
  const conference = await organizer.publish([GENERAL]);
  await signIn(page, conference);
  await enter(page, 'Promotional codes');
  await page.getByRole('button', { name: 'Add promotional code' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByLabel('Code', { exact: true })).toBeFocused();
  await page.keyboard.type('KEYS');
  await page.keyboard.press('Tab');
  await page.keyboard.type('By keyboard');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.type('15');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('row', { name: /KEYS/ })).toContainText('15');
  await expect(page.getByRole('button', { name: 'Add promotional code' })).toBeFocused();
});

test('a conference is duplicated with its seat types', async ({ page, organizer }) => {
  const conference = await organizer.publish([GENERAL, FREE]);
  await signIn(page, conference);
  await enter(page, 'Details');
  await page.getByRole('link', { name: 'Duplicate this conference' }).click();
  await expect(page.getByLabel('Name', { exact: true })).toHaveValue(conference.name);
  await expect(page.getByLabel('Address', { exact: true })).not.toHaveValue(conference.slug);
  await page.getByLabel('Address', { exact: true }).fill(`${conference.slug}-again`);
  await page.getByLabel('First day').fill('2032-05-08');
  await inspect(page);
  await page.getByRole('button', { name: 'Create conference' }).click();
  await expect(page.getByRole('heading', { name: 'Your conference is ready' })).toBeVisible();
  await expect(page.getByTestId('access-code')).toHaveText(/^[A-Z0-9]{5}$/);
  await page.getByRole('button', { name: 'Continue to the dashboard' }).click();
  await enter(page, 'Seat types');
  await expect(page.getByRole('row', { name: /General/ })).toContainText('$199.00');
  await expect(page.getByRole('row', { name: /Visitor/ })).toContainText('30');
});

test('what is typed before the original of a duplicate has come stays', async ({ page, organizer }) => {
  const conference = await organizer.publish([GENERAL]);
  await signIn(page, conference);
  const release = await hold(page, new RegExp(`/conferences/${conference.slug}(\\?.*)?$`));
  await page.goto(`/manage/create?from=${conference.slug}`);
  await page.getByLabel('Address', { exact: true }).fill('my-own-address');
  await page.getByLabel('Currency').selectOption('CHF');
  release();
  await expect(page.getByLabel('Name', { exact: true })).toHaveValue(conference.name);
  await expect(page.getByLabel('Address', { exact: true })).toHaveValue('my-own-address');
  await expect(page.getByLabel('Currency')).toHaveValue('CHF');
});

test('a row that is opened again at once has what was saved, and one opened meanwhile stays open', async ({
  page,
  organizer,
}) => {
  const conference = await organizer.publish([
    { name: 'General', price: 0, quota: 30 },
    { name: 'Dinner', price: 0, quota: 10 },
  ]);
  await signIn(page, conference);
  await enter(page, 'Seat types');
  const edit = (name: RegExp) => page.getByRole('row', { name }).getByRole('button', { name: 'Edit' });
  const save = page.getByRole('button', { name: 'Save' });
  const quota = page.getByLabel('Quota');

  // From here on the list does not come: the answer to the change has to do.
  const release = await hold(page, '**/api/**/seat-types');
  await edit(/General/).click();
  await quota.fill('31');
  await save.click();
  await edit(/General/).click();
  await expect(quota).toHaveValue('31');

  // The answer to a change does not close what was opened while it was awaited.
  const answer = await hold(page, '**/api/**/seat-types/*');
  await quota.fill('32');
  await save.click();
  await edit(/Dinner/).click();
  await quota.fill('11');
  const changed = page.waitForResponse((response) => response.request().method() === 'PUT');
  answer();
  await changed;
  await expect(page.getByRole('row', { name: /General/ })).toContainText('32');
  await expect(quota).toHaveValue('11');
  release();
});

test('whoever was too late keeps what she typed until she sees how it is now', async ({ page, organizer, watch }) => {
  watch.expect(/409/);
  const conference = await organizer.publish([GENERAL]);
  await organizer.addPromoCode(conference, { code: 'EARLY', discount: { kind: 'percentage', percent: 20 } });
  const managed = `/api/management/conferences/${conference.slug}`;
  const cases = [
    { section: 'Seat types', path: 'seat-types', field: 'Quota', typed: '12', row: /General/, theirs: '50' },
    { section: 'Promotional codes', path: 'promo-codes', field: 'Discount', typed: '25', row: /EARLY/, theirs: 'Switch on' },
  ];
  await signIn(page, conference);
  for (const { section, path, field, typed, row, theirs } of cases) {
    await enter(page, section);
    await page.getByRole('row', { name: row }).getByRole('button', { name: 'Edit' }).click();
    const input = page.getByLabel(field, { exact: true });
    await input.fill(typed);
    const [theOne] = await organizer.send<{ id: string }[]>('GET', `${managed}/${path}`);
    await organizer.send('PUT', `${managed}/${path}/${theOne.id}`, { ...theOne, quota: 50, active: false });
    await page.getByRole('button', { name: 'Save' }).click();
    const look = page.getByRole('button', { name: 'Show it as it is now' });
    await expect(look).toBeVisible();
    await inspect(page);

    const release = await hold(page, `**${managed}/${path}`);
    const asked = page.waitForRequest(`**${managed}/${path}`);
    await look.click();
    await asked;
    await expect(input).toHaveValue(typed);
    release();
    await expect(page.getByRole('row', { name: row })).toContainText(theirs);
    await expect(page.getByText('Your change was not saved. This is how it is now.')).toBeVisible();
    await expect(page.getByRole('row', { name: row }).getByRole('button', { name: 'Edit' })).toBeFocused();
    await inspect(page);
    await page.unroute(`**${managed}/${path}`);
  }
});

test('a change that is refused after its form was left is not lost silently', async ({ page, organizer, watch }) => {
  watch.expect(/409/);
  const conference = await organizer.publish([GENERAL]);
  await signIn(page, conference);
  await enter(page, 'Seat types');
  await page.getByRole('row', { name: /General/ }).getByRole('button', { name: 'Edit' }).click();
  await organizer.setQuota(conference, 'General', 50);
  const answer = await hold(page, '**/api/**/seat-types/*');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: 'Cancel' }).click();
  answer();
  await expect(page.getByRole('alert')).toContainText('Somebody else was faster.');
});
