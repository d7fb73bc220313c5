import type { Page } from '@playwright/test';
import {
  choose,
  expectConfirmed,
  expectHeld,
  fillDetails,
  order,
  orderNow,
  quantity,
  seat,
  total,
} from '../support/registrant';
import { expect, test } from '../support/test';

const GENERAL = { name: 'General', price: 19_900, quota: 100 };
const ORDERS = /\/api\/conferences\/[^/]+\/orders(\?lang=\w+)?$/;

/** How long the answer is held back, in milliseconds; many times what the page may take to show the order. */
const HELD_BACK_MS = 3_000;
const AT_ONCE = { timeout: 1_000 };

/** Holds the server's answer to an order back; says whether it has been given. */
async function holdBack(page: Page): Promise<() => boolean> {
  let isAnswered = false;
  await page.route(ORDERS, async (route) => {
    const response = await route.fetch();
    await new Promise((wake) => setTimeout(wake, HELD_BACK_MS));
    isAnswered = true;
    await route.fulfill({ response });
  });
  return () => isAnswered;
}

test('the checkout is there before the server has answered, and is reconciled with its answer', async ({
  page,
  organizer,
}) => {
  const conference = await organizer.publish([GENERAL]);
  await page.goto(`/${conference.slug}`);
  await choose(page, { General: 2 });
  const isAnswered = await holdBack(page);

  await page.getByRole('button', { name: 'Order now' }).click();
  await expect(page.getByRole('heading', { name: 'Almost there' })).toBeVisible(AT_ONCE);
  await expect(page.getByText('Holding your seats…')).toBeVisible(AT_ONCE);
  await expect(total(page)).toHaveText('$398.00', AT_ONCE);
  await expect(page.getByRole('button', { name: 'Pay', exact: true })).toBeDisabled(AT_ONCE);
  await fillDetails(page);
  expect(isAnswered()).toBe(false);

  await expectHeld(page);
  expect(isAnswered()).toBe(true);
  await expect(page.getByRole('timer')).toHaveText(/^1[45]:\d\d$/);
  await expect(page.getByLabel('First name')).toHaveValue('Ada');
  await expect(page.getByRole('button', { name: 'Pay', exact: true })).toBeEnabled();
  const [placed] = await organizer.orders(conference);
  await expect(page).toHaveURL(`/${conference.slug}/orders/${placed.id}`);
});

test('an answer that holds only a part is shown when it comes', async ({ page, organizer, buyer }) => {
  const conference = await organizer.publish([{ ...GENERAL, quota: 4 }]);
  await page.goto(`/${conference.slug}`);
  await choose(page, { General: 4 });
  await buyer.place(conference, { General: 3 });
  await holdBack(page);
  await orderNow(page);
  await expect(total(page)).toHaveText('$796.00', AT_ONCE);
  await expect(page.getByText('You asked for 4, we could hold 1.')).toBeVisible();
  await expect(total(page)).toHaveText('$199.00');
});

test('a refusal brings her back to her choice with the reason', async ({ page, organizer, watch }) => {
  watch.expect(/409/);
  const conference = await organizer.publish([GENERAL]);
  await page.goto(`/${conference.slug}`);
  await choose(page, { General: 2 });
  await page.route(ORDERS, (route) =>
    route.fulfill({
      status: 409,
      contentType: 'application/problem+json',
      body: JSON.stringify({
        type: 'urn:plenary:problem:price-changed',
        title: 'The price has changed',
        status: 409,
        detail: 'The total is another one now.',
      }),
    }),
  );
  await page.getByRole('button', { name: 'Order now' }).click();
  await expect(page.getByRole('alert')).toContainText('The price has changed.');
  await expect(page).toHaveURL(`/${conference.slug}`);
  await expect(quantity(page, 'General')).toHaveValue('2');

  await page.unroute(ORDERS);
  await orderNow(page);
  await expectHeld(page);
});

test('without a connection she is told, and it goes on by itself', async ({ page, context, organizer, watch }) => {
  watch.expect(/ERR_INTERNET_DISCONNECTED/);
  const conference = await organizer.publish([GENERAL]);
  await page.goto(`/${conference.slug}`);
  await choose(page, { General: 1 });
  await context.setOffline(true);
  await expect(page.getByText('You are offline, or we are.')).toBeVisible();
  await orderNow(page);
  await fillDetails(page);
  await expect(page.getByText('Holding your seats…')).toBeVisible();
  await expect(page.getByText('You are offline, or we are.')).toBeVisible();

  await context.setOffline(false);
  await expectHeld(page);
  await expect(page.getByText('You are offline, or we are.')).toBeHidden();
  await expect(page.getByLabel('First name')).toHaveValue('Ada');
  expect(await organizer.orders(conference)).toHaveLength(1);
});

test('an answer that is lost is asked for again, and the order is placed once', async ({
  page,
  organizer,
  watch,
}) => {
  watch.expect(/ERR_CONNECTION_RESET/);
  const conference = await organizer.publish([GENERAL]);
  await page.goto(`/${conference.slug}`);
  await choose(page, { General: 1 });
  await page.route(
    ORDERS,
    async (route) => {
      await route.fetch();
      await route.abort('connectionreset');
    },
    { times: 1 },
  );
  await orderNow(page);
  await expectHeld(page);
  expect(await organizer.orders(conference)).toHaveLength(1);
});

test('what is done to a seat reaches the server in her order, and an older answer hides nothing', async ({
  page,
  organizer,
}) => {
  const conference = await organizer.publish([{ name: 'Visitor', price: 0, quota: 30 }]);
  await order(page, conference, { Visitor: 2 });
  await fillDetails(page);
  await page.getByRole('button', { name: 'Confirm', exact: true }).click();
  await expectConfirmed(page);

  // The server's answers come one by one, when they are let go.
  const asked: string[] = [];
  const answers: (() => void)[] = [];
  await page.route('**/assignments/*', async (route) => {
    asked.push(route.request().method());
    await new Promise<void>((resolve) => answers.push(resolve));
    await route.continue();
  });
  const answer = async (): Promise<void> => {
    const arrived = page.waitForResponse('**/assignments/*');
    answers.shift()?.();
    await (await arrived).finished();
  };
  const who = seat(page, 1).getByRole('status');
  await seat(page, 1).getByRole('button', { name: "I'm the first attendee" }).click();
  await expect(who).toHaveText('Ada Okafor');
  await seat(page, 1).getByRole('button', { name: 'Clear' }).click();
  await expect(who).toHaveText('Nobody yet');
  await seat(page, 1).getByRole('button', { name: "I'm the first attendee" }).click();
  await seat(page, 1).getByRole('button', { name: 'Clear' }).click();
  expect(asked).toEqual(['PUT']);

  await answer();
  // The last of what was done is what is asked for next; the answer before it is not shown.
  await expect.poll(() => asked).toEqual(['PUT', 'DELETE']);
  await expect(who).toHaveText('Nobody yet');
  await answer();
  await expect(who).toHaveText('Nobody yet');
  await page.unroute('**/assignments/*');
  await page.reload();
  await expect(who).toHaveText('Nobody yet');
  expect(asked).toEqual(['PUT', 'DELETE']);
});
