import { type Page } from '@playwright/test';
import { inspect } from '../support/inspect';
import { enter, signIn } from '../support/organizer';
import { expect, test } from '../support/test';

const GENERAL = { name: 'General', price: 0, quota: 30 };
const DINNER = { name: 'Dinner', price: 0, quota: 10 };

/** Opens the fields of another language. */
async function inGerman(page: Page): Promise<void> {
  await page.getByText('In German').click();
}

async function save(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Save' }).click();
}

test.describe('a visitor who reads German', () => {
  test.use({ locale: 'de-DE' });

  test('reads what the organizer gives in German as soon as she does', async ({ page, organizer, browser, baseURL, watch }) => {
    const conference = await organizer.publish([GENERAL, DINNER], { language: 'en' });
    const english = await browser.newContext({ baseURL, locale: 'en-US', reducedMotion: 'reduce' });
    watch.over(english);
    const desk = await english.newPage();
    await signIn(desk, conference);

    // Somebody has the page open before there is a word of German.
    await page.goto(`/${conference.slug}`);
    await expect(page.getByRole('heading', { level: 1, name: conference.name })).toHaveAttribute('lang', 'en');
    await page.waitForLoadState('networkidle');

    await enter(desk, 'Details');
    await expect(desk.getByLabel('Language of these texts')).toHaveValue('en');
    await expect(desk.getByText('In English')).toBeHidden();
    await inGerman(desk);
    await desk.getByLabel('Name · Deutsch').fill('x'.repeat(121));
    await expect(desk.locator('#translations-de-description-hint')).toContainText('Talks in the morning');
    await inGerman(desk);
    await expect(desk.getByLabel('Name · Deutsch')).toBeHidden();
    await save(desk);
    // What is wrong is seen, wherever it was.
    await expect(desk.getByLabel('Name · Deutsch')).toBeFocused();
    await desk.getByLabel('Name · Deutsch').fill('Konferenz am Kanal');
    await desk.getByLabel('Tagline · Deutsch').fill('Zwei Tage am Wasser');
    await inspect(desk);
    await save(desk);
    await expect(desk.getByText('Saved')).toBeVisible();
    await expect(page.getByRole('heading', { level: 1, name: 'Konferenz am Kanal' })).toBeVisible();

    await enter(desk, 'Seat types');
    await desk.getByRole('row', { name: /General/ }).getByRole('button', { name: 'Edit' }).click();
    await inGerman(desk);
    await desk.getByLabel('Name · Deutsch').fill('Allgemein');
    await inspect(desk);
    await save(desk);
    await expect(page.getByRole('heading', { level: 3, name: 'Allgemein' })).toBeVisible();
    // It is there again where it was typed.
    await desk.getByRole('row', { name: /General/ }).getByRole('button', { name: 'Edit' }).click();
    await expect(desk.getByLabel('Name · Deutsch')).toHaveValue('Allgemein');
    watch.stop();
    await english.close();
  });

  test('reads and orders in German what there is in German', async ({ page, organizer }) => {
    const conference = await organizer.publish([], {
      language: 'en',
      translations: { de: { name: 'Konferenz am Kanal', tagline: 'Zwei Tage am Wasser' } },
    });
    await organizer.addSeatType(conference, GENERAL, { de: { name: 'Allgemein' } });
    await organizer.addSeatType(conference, DINNER);
    await page.goto(`/${conference.slug}`);
    await expect(page).toHaveTitle('Konferenz am Kanal');
    await expect(page.getByText('Zwei Tage am Wasser')).toBeVisible();
    await expect(page.getByText('Talks in the morning')).toBeVisible();
    await expect(page.getByRole('heading', { level: 3, name: 'Dinner' })).toBeVisible();
    await inspect(page);
    await page.waitForLoadState('networkidle');
    await page.getByRole('link', { name: 'English' }).click();
    await expect(page.getByRole('heading', { level: 1, name: conference.name })).toBeVisible();
    await expect(page.getByRole('heading', { level: 3, name: 'General' })).toBeVisible();
    await page.waitForLoadState('networkidle');
    await page.getByRole('link', { name: 'Deutsch' }).click();

    await page.getByRole('button', { name: 'Mehr Allgemein' }).click();
    await page.getByRole('button', { name: 'Jetzt bestellen' }).click();
    await expect(page.getByLabel('Vorname')).toBeVisible();
    await expect(page.getByRole('rowheader', { name: 'Allgemein' })).toBeVisible();
    await page.getByLabel('Vorname').fill('Ada');
    await page.getByLabel('Nachname').fill('Okafor');
    await page.getByLabel('E-Mail').fill('ada@example.org');
    await page.getByRole('button', { name: 'Bestätigen' }).click();
    await expect(page.getByText('Platz 1: Allgemein')).toBeVisible();
    await inspect(page);
    await page.waitForLoadState('networkidle');
    // The same order in English, under the name that it was placed with.
    await page.goto(`${new URL(page.url()).pathname}?lang=en`);
    await expect(page.getByText('Seat 1: General')).toBeVisible();
  });
});

test('a translation is seen as its readers will see it, while it is typed', async ({ page, organizer }) => {
  const conference = await organizer.publish([GENERAL], { language: 'en' });
  await signIn(page, conference);
  await enter(page, 'Details');
  const preview = page.getByRole('region', { name: 'Preview' });
  await expect(preview).toContainText(conference.name);
  await expect(preview).toContainText('May 8–9, 2031');
  await inGerman(page);
  await page.getByLabel('Name · Deutsch').fill('Konferenz am Kanal');
  await expect(preview).toContainText('Konferenz am Kanal');
  await expect(preview).toContainText('8.–9. Mai 2031');
  // What has no translation is there in own words.
  await expect(preview).toContainText('Two days by the canal');
  await page.getByLabel(/^Tagline \(optional\)/).fill('Three days by the canal');
  await expect(preview).toContainText(conference.name);
  await expect(preview).toContainText('Three days by the canal');
  await inspect(page);
});

test('a duplicate has the texts of its original', async ({ page, organizer }) => {
  const conference = await organizer.publish([GENERAL], {
    language: 'en',
    translations: { de: { name: 'Konferenz am Kanal' } },
  });
  await signIn(page, conference);
  await enter(page, 'Details');
  await page.getByRole('link', { name: 'Duplicate this conference' }).click();
  await page.getByLabel('Address', { exact: true }).fill(`${conference.slug}-again`);
  await page.getByLabel('First day').fill('2032-05-08');
  await page.getByRole('button', { name: 'Create conference' }).click();
  await page.getByRole('button', { name: 'Continue to the dashboard' }).click();
  await enter(page, 'Details');
  await expect(page.getByLabel('Name · Deutsch')).toHaveValue('Konferenz am Kanal');
});
