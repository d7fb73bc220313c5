import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { get } from 'node:http';
import { expect, test } from '../support/test';

const KB = 1024;
const GENERAL = { name: 'General', price: 19_900, quota: 100 };

type Coding = 'br' | 'gzip';

interface Transfer {
  /** As it was sent, in bytes. */
  size: number;
  coding: string | undefined;
  text: string;
}

/** Fetches like a browser, without undoing the compression before it is counted. */
function transfer(url: string, coding: Coding): Promise<Transfer> {
  return new Promise((resolve, reject) => {
    const request = get(url, { headers: { 'accept-encoding': coding } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => {
        const body = Buffer.concat(chunks);
        const sent = response.headers['content-encoding'];
        const plain = sent === 'br' ? brotliDecompressSync(body) : sent === 'gzip' ? gunzipSync(body) : body;
        if (response.statusCode !== 200) reject(new Error(`${url}: ${response.statusCode}`));
        else resolve({ size: body.length, coding: sent, text: plain.toString() });
      });
    });
    request.on('error', reject);
  });
}

/** The files that a page has the browser load: stylesheets, scripts, modules, WebAssembly. */
function referenced(html: string): string[] {
  const addresses = html.matchAll(/\s(?:href|src|data-glue|data-wasm)="?(\/[^"\s>]+\.(?:css|js|wasm))/g);
  return [...new Set([...addresses].map(([, address]) => address))];
}

async function weigh(url: string, coding: Coding): Promise<{ sum: number; files: string[] }> {
  const page = await transfer(url, coding);
  const files = referenced(page.text);
  let sum = page.size;
  console.log(`${coding}: ${page.size} bytes: ${new URL(url).pathname}`);
  for (const file of files) {
    const { size, coding: sent } = await transfer(new URL(file, url).href, coding);
    console.log(`${coding}: ${size} bytes: ${file}`);
    expect(sent, `${file} is compressed`).toBe(coding);
    sum += size;
  }
  console.log(`${coding}: ${sum} bytes in all (${(sum / KB).toFixed(1)} KB)`);
  return { sum, files };
}

test('the conference page weighs at most 200 KB with brotli', async ({ organizer, server }) => {
  const conference = await organizer.publish([GENERAL]);
  const { sum } = await weigh(`${server.origin}/${conference.slug}`, 'br');
  expect(sum).toBeLessThanOrEqual(200 * KB);
});

test('the conference page weighs at most 250 KB with gzip', async ({ organizer, server }) => {
  const conference = await organizer.publish([GENERAL]);
  const { sum } = await weigh(`${server.origin}/${conference.slug}`, 'gzip');
  expect(sum).toBeLessThanOrEqual(250 * KB);
});

test("the organizer's pages weigh at most 400 KB with brotli", async ({ server }) => {
  const { sum, files } = await weigh(`${server.origin}/manage`, 'br');
  expect(files.filter((file) => file.endsWith('.wasm'))).toHaveLength(1);
  expect(sum).toBeLessThanOrEqual(400 * KB);
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
