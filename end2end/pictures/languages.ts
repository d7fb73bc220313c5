/** German, and the few colours of a system with high contrast. */

import { signIn } from '../support/organizer';
import { expectConfirmed, fillDetails, goToPayment, order } from '../support/registrant';
import { SEATS } from '../support/seats';
import { shoot } from '../support/shoot';
import { expect, test } from '../support/test';

test.describe('in German', () => {
  test.use({ locale: 'de-DE' });

  test('the registrant', async ({ page, organizer, buyer }) => {
    const conference = await organizer.publish(SEATS, { name: 'Ferrous Days', slug: 'ferrous-tage' });
    await page.goto('/ferrous-tage');
    for (let pressed = 0; pressed < 4; pressed += 1) await page.getByRole('button', { name: 'Mehr Workshop' }).click();
    await page.getByText('Hast du einen Aktionscode?').click();
    await buyer.place(conference, { 'Workshop: allocators': 3 });
    await expect(page.getByText('Workshop: allocators: Nur noch 2')).toBeVisible();
    await shoot(page, 'german-01-conference');
    await page.getByRole('button', { name: 'Jetzt bestellen' }).click();
    await expect(page.getByText('Gewünscht: 4, reserviert: 2.')).toBeVisible();
    await shoot(page, 'german-02-partly-held');
    await page.getByRole('button', { name: 'Damit weitermachen' }).click();
    await expect(page.getByText('Deine Plätze sind reserviert.')).toBeVisible();
    await page.getByLabel('Vorname').fill('Ada');
    await page.getByLabel('Nachname').fill('Okafor');
    await page.getByLabel('E-Mail').fill('ada@gmial.com');
    await page.getByText('Plätze ändern').click();
    await shoot(page, 'german-03-checkout');
    await page.getByRole('button', { name: 'Bezahlen' }).click();
    await expect(page.getByRole('heading', { name: 'Simulierter Zahlungsdienst' })).toBeVisible();
    await shoot(page, 'german-04-processor');
    await page.getByRole('button').first().click();
    await expect(page.getByRole('heading', { name: 'Du bist dabei' })).toBeVisible();
    await page.getByText('Liste einfügen').click();
    await shoot(page, 'german-05-done');
    await page.goto('/orders/find');
    await shoot(page, 'german-06-find');
  });

  test('the organizer', async ({ page, organizer, buyer }) => {
    const conference = await organizer.publish(SEATS, { name: 'Ferrous Days', slug: 'ferrous-halle' });
    const order = await buyer.place(conference, { 'Full conference': 2 });
    await buyer.pay(await buyer.startPayment(order));
    await buyer.buyFree(conference, { Student: 3 });
    await buyer.place(conference, { 'Workshop: allocators': 5 });
    await buyer.join(conference, 'Workshop: allocators', 2, 'mei@example.org');
    await page.goto('/manage');
    await page.getByLabel('E-Mail-Adresse').fill(conference.email);
    await page.getByLabel('Zugangscode').fill(conference.accessCode);
    await page.getByRole('button', { name: 'Öffnen' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Ferrous Days' })).toBeVisible();
    await page.waitForLoadState('networkidle');
    await shoot(page, 'german-10-dashboard');
    const sections = ['details', 'seat-types', 'orders', 'attendees', 'promo-codes', 'waitlist', 'check-in'];
    for (const [index, section] of sections.entries()) {
      await page.goto(`/manage/ferrous-halle/${section}`);
      await page.waitForLoadState('networkidle');
      await shoot(page, `german-${index + 11}-${section}`);
    }
    await page.goto(`/manage/ferrous-halle/orders/${order.id}`);
    await expect(page.getByRole('heading', { name: 'Verlauf' })).toBeVisible();
    await shoot(page, 'german-18-order');
    await page.goto('/manage/create');
    await shoot(page, 'german-19-create');
  });
});

test('few colours', async ({ page, organizer, buyer }) => {
  const conference = await organizer.publish(SEATS, { name: 'Ferrous Days', slug: 'ferrous-contrast' });
  await order(page, conference, { 'Full conference': 2, Student: 1 });
  await page.getByText('Change the seats').click();
  await shoot(page, 'contrast-01-checkout', { as: 'contrast' });
  await fillDetails(page);
  await goToPayment(page);
  await page.getByRole('button', { name: 'Accept' }).click();
  await expectConfirmed(page);
  await shoot(page, 'contrast-02-done', { as: 'contrast' });
  await page.goto('/ferrous-contrast');
  await shoot(page, 'contrast-03-conference', { as: 'contrast' });
  await buyer.buyFree(conference, { Student: 3 });
  await buyer.place(conference, { 'Workshop: allocators': 3 });
  await signIn(page, conference);
  await expect(page.getByText('6 of 285 sold')).toBeVisible();
  await shoot(page, 'contrast-04-dashboard', { as: 'contrast' });
  for (const section of ['orders', 'check-in', 'seat-types']) {
    await page.goto(`/manage/ferrous-contrast/${section}`);
    await page.waitForLoadState('networkidle');
    await shoot(page, `contrast-05-${section}`, { as: 'contrast' });
  }
});
