/** Watches what a page must never do: print to the console, throw, or ask our server for what it does not get. */

import { type BrowserContext, type Request, expect } from '@playwright/test';

/** What a browser says of a server that is away, and of a stream that breaks off as it goes. */
export const AWAY = /ERR_CONNECTION_(REFUSED|RESET|CLOSED)|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_EMPTY_RESPONSE/;

export class Watch {
  private readonly seen: string[] = [];
  private readonly expected: RegExp[] = [];
  private readonly allowed: RegExp[] = [];
  private isOver = false;

  constructor(private readonly origin: string) {}

  /** A test that provokes a refusal says so: browsers report it on the console. It must then happen. */
  expect(pattern: RegExp): void {
    this.expected.push(pattern);
  }

  /** What may be seen where the browser, and not the page, is the cause. */
  allow(pattern: RegExp): void {
    this.allowed.push(pattern);
  }

  over(context: BrowserContext): void {
    context.on('console', (message) => this.see(`console ${message.type()}: ${message.text()}`));
    context.on('weberror', (error) => this.see(`page error: ${error.error()}`));
    context.on('requestfailed', (request) => {
      if (!this.isOfPageThatWasLeft(request)) {
        this.see(`request failed: ${request.method()} ${request.url()} ${request.failure()?.errorText}`);
      }
    });
  }

  /** What happens from now on, while pages are closed, is nobody's fault. */
  stop(): void {
    this.isOver = true;
  }

  check(): void {
    const known = [...this.expected, ...this.allowed];
    const unexpected = this.seen.filter((line) => !known.some((pattern) => pattern.test(line)));
    expect(unexpected, 'the console is silent, and every request succeeds').toEqual([]);
    for (const pattern of this.expected) {
      expect(this.seen.filter((line) => pattern.test(line)), `${pattern} was expected`).not.toEqual([]);
    }
  }

  private see(line: string): void {
    if (!this.isOver) this.seen.push(line);
  }

  /** A stream or another read ends with its page; every browser calls that a failure. A command must not. */
  private isOfPageThatWasLeft(request: Request): boolean {
    const isOurs = request.url().startsWith(this.origin);
    const isRead = request.method() === 'GET';
    return !isOurs || (isRead && request.failure()?.errorText === 'net::ERR_ABORTED');
  }
}
