/** What a page weighs: every byte that a first visit transfers, as it is sent. */

import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { get } from 'node:http';
import { expect } from '@playwright/test';

export const KB = 1024;

/** What a first visit may transfer, in bytes. */
export const BUDGET = { registrant: { br: 200 * KB, gzip: 250 * KB }, organizer: { br: 400 * KB } };

export type Coding = 'br' | 'gzip';

export interface Transfer {
  /** As it was sent, in bytes. */
  size: number;
  coding: string | undefined;
  text: string;
}

/** Fetches like a browser, without undoing the compression before it is counted. */
export function transfer(url: string, coding: Coding): Promise<Transfer> {
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
export function referenced(html: string): string[] {
  const addresses = html.matchAll(/\s(?:href|src|data-glue|data-wasm)="?(\/[^"\s>]+\.(?:css|js|wasm))/g);
  return [...new Set([...addresses].map(([, address]) => address))];
}

export async function weigh(url: string, coding: Coding): Promise<{ sum: number; files: string[] }> {
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
