import { expect, test } from '../support/test';
import { BUDGET, referenced, transfer, weigh } from '../support/weight';

const GENERAL = { name: 'General', price: 19_900, quota: 100 };

test('the conference page weighs at most 200 KB with brotli', async ({ organizer, server }) => {
  const conference = await organizer.publish([GENERAL]);
  const { sum } = await weigh(`${server.origin}/${conference.slug}`, 'br');
  expect(sum).toBeLessThanOrEqual(BUDGET.registrant.br);
});

test('the conference page weighs at most 250 KB with gzip', async ({ organizer, server }) => {
  const conference = await organizer.publish([GENERAL]);
  const { sum } = await weigh(`${server.origin}/${conference.slug}`, 'gzip');
  expect(sum).toBeLessThanOrEqual(BUDGET.registrant.gzip);
});

test("the organizer's pages weigh at most 400 KB with brotli", async ({ server }) => {
  const { sum, files } = await weigh(`${server.origin}/manage`, 'br');
  expect(files.filter((file) => file.endsWith('.wasm'))).toHaveLength(1);
  expect(sum).toBeLessThanOrEqual(BUDGET.organizer.br);
});

test("the conference page refers to its own bundle alone, never to the organizer's", async ({
  page,
  organizer,
  server,
}) => {
  const conference = await organizer.publish([GENERAL]);
  const { text } = await transfer(`${server.origin}/${conference.slug}`, 'br');
  const files = referenced(text);
  expect(files.filter((file) => file.includes('organizer'))).toEqual([]);
  for (const kind of ['.css', '.js', '.wasm']) {
    expect(files.some((file) => file.endsWith(kind)), `a ${kind} file is referenced`).toBe(true);
  }

  const loaded = new Set<string>();
  page.on('request', (request) => loaded.add(new URL(request.url()).pathname));
  await page.goto(`/${conference.slug}`);
  await expect(page.getByRole('button', { name: 'One more General' })).toBeVisible();
  const known = [...files, `/${conference.slug}`, `/api/conferences/${conference.slug}/events`];
  const unknown = [...loaded].filter((path) => path.startsWith('/') && !known.includes(path));
  expect(unknown, 'nothing is loaded that was not weighed').toEqual([]);
});

test('the conference page can be read and sent before any WebAssembly', async ({ organizer, server }) => {
  const conference = await organizer.publish([GENERAL, { name: 'Student', price: 4_950, quota: 40 }]);
  const { text } = await transfer(`${server.origin}/${conference.slug}`, 'br');
  for (const words of [conference.name, 'General', '$199.00', '100 left', 'Student', '40 left', 'Order now']) {
    expect(text).toContain(words);
  }
  expect(text).toMatch(/<form[^>]*method="post"/);
  for (const { id } of conference.seatTypes) expect(text).toContain(`name="seats.${id}"`);
});
