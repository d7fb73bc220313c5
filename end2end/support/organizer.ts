/** The organizer's way to her pages. */

import { type Page, expect } from '@playwright/test';
import type { Conference } from './api';

export async function locate(page: Page, email: string, code: string): Promise<void> {
  await page.goto('/manage');
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Access code').fill(code);
  await page.getByRole('button', { name: 'Locate' }).click();
}

export async function signIn(page: Page, conference: Conference): Promise<void> {
  await locate(page, conference.email, conference.accessCode);
  await expect(page.getByRole('heading', { level: 1, name: conference.name })).toBeVisible();
}

/** Follows a link of the conference's sections. */
export async function enter(page: Page, section: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Conference' }).getByRole('link', { name: section }).click();
  await expect(page.getByRole('heading', { level: 1, name: section })).toBeVisible();
}
