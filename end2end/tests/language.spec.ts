import { inspect } from '../support/inspect';
import { signIn } from '../support/organizer';
import { choose, orderNow } from '../support/registrant';
import { expect, test } from '../support/test';

const FREE = { name: 'Visitor', price: 0, quota: 30 };

test('a language that was chosen stays chosen', async ({ page, organizer }) => {
  const conference = await organizer.publish([FREE]);
  await page.goto(`/${conference.slug}`);
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
  await page.getByRole('link', { name: 'Deutsch' }).click();
  await expect(page.locator('html')).toHaveAttribute('lang', 'de');
  await expect(page.getByRole('link', { name: 'Meine Bestellung' })).toBeVisible();
  await inspect(page);
  await page.goto('/');
  await expect(page.getByRole('heading', { level: 1, name: 'Kommende Konferenzen' })).toBeVisible();
  await page.getByRole('link', { name: 'English' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Upcoming conferences' })).toBeVisible();
});

test('an order goes on in another language', async ({ page, organizer }) => {
  const conference = await organizer.publish([FREE]);
  await page.goto(`/${conference.slug}`);
  await choose(page, { Visitor: 2 });
  await orderNow(page);
  await expect(page.getByLabel('First name')).toBeVisible();
  await page.waitForLoadState('networkidle');
  await page.getByRole('link', { name: 'Deutsch' }).click();
  await expect(page.getByLabel('Vorname')).toBeVisible();
  expect(new URL(page.url()).pathname).toMatch(/\/orders\//);
});

test('an organizer reads her pages in another language', async ({ page, organizer }) => {
  const conference = await organizer.publish([FREE]);
  await signIn(page, conference);
  await page.waitForLoadState('networkidle');
  await page.getByRole('link', { name: 'Deutsch' }).click();
  await expect(page.getByRole('link', { name: 'Einlass' })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'de');
  await inspect(page);
});

test('what happened to an order is told in the language of whoever reads it', async ({ page, organizer, buyer }) => {
  const conference = await organizer.publish([{ ...FREE, price: 1_050 }]);
  const order = await buyer.place(conference, { Visitor: 2 });
  await signIn(page, conference);
  await page.waitForLoadState('networkidle');
  await page.getByRole('link', { name: 'Deutsch' }).click();
  const activity = page.getByRole('region', { name: 'Was gerade geschieht' });
  await expect(activity.getByText('Bestellt: 2 × Visitor.')).toBeVisible();
  // And as it happens.
  await buyer.pay(await buyer.startPayment(order));
  await expect(activity.getByText('Bestätigt für 21,00 $.')).toBeVisible();
  await page.goto(`/manage/${conference.slug}/orders/${order.id}`);
  const history = page.getByRole('region', { name: 'Verlauf' });
  await expect(history.getByText('Der Zahlungsdienst hat 21,00 $ eingezogen.')).toBeVisible();
  await inspect(page);
});

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false });

  test('a language is chosen by a link', async ({ page }) => {
    await page.goto('/orders/find');
    await page.getByRole('link', { name: 'Deutsch' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Meine Bestellung' })).toBeVisible();
    await page.getByRole('link', { name: 'Plenary' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Kommende Konferenzen' })).toBeVisible();
  });
});
