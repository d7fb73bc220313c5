import { type ClientRequest, request } from 'node:http';
import { expect, test } from '../support/test';

// One request at a time.
test.use({ serve: ['--max-requests', '1'] });

const GENERAL = { name: 'General', price: 19_900, quota: 2 };

test('a page is refused by a page, which leads to the one that was meant', async ({ page, organizer, server, watch }) => {
  watch.expect(/503/);
  watch.allow(/MIME type|stylesheet/);
  const conference = await organizer.publish([GENERAL]);
  // Somebody sends a request that does not end. One that comes while another is answered is refused itself.
  const endless: ClientRequest[] = [];
  const hold = () => {
    const held = request(`${server.origin}/api/management/conferences`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' },
    });
    held.on('error', () => {});
    held.write('{');
    endless.push(held);
  };
  const status = async () => (await fetch(`${server.origin}/api/conferences`)).status;
  await expect
    .poll(async () => {
      const found = await status();
      if (found !== 503) hold();
      return found;
    })
    .toBe(503);
  const answer = await page.goto(`/${conference.slug}`);
  expect([answer?.status(), answer?.headers()['retry-after']]).toEqual([503, '1']);
  await expect(page.getByRole('heading', { name: 'Very many people are registering right now.' })).toBeVisible();
  for (const held of endless) held.destroy();
  await expect.poll(status).toBe(200);
  await page.getByRole('link', { name: 'Try again' }).click();
  await expect(page.getByRole('heading', { level: 1, name: conference.name })).toBeVisible();
});
