import { existsSync } from 'node:fs';
import { simpleParser } from 'mailparser';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { disclaim, mailOf } from './disclaimer-desk.ts';
import { htmlShapes } from './html-shapes.ts';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path));
const words = 'DISCLAIMER this message is confidential.';
const flags =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';

/** What a person sees in the page: how often the words, and whether the text around them is still there. */
type Sight = { readonly seen: number; readonly inText: number; readonly body: boolean };

/** Runs in the page, where there is a document. */
const look = `(() => {
  const isSeen = (node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    const visible = node.parentElement.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    return visible && [...range.getClientRects()].some(({ width, height }) => width > 20 && height > 4);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) found.push(walker.currentNode);
  const withWord = (word) => found.filter((node) => node.nodeValue.includes(word) && isSeen(node));
  return {
    seen: withWord('DISCLAIMER').length,
    inText: document.body.innerText.split('DISCLAIMER').length - 1,
    body: withWord('BODY').length > 0,
  };
})()`;

describe.skipIf(executablePath === undefined)('in Chromium', () => {
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    // Playwright gives it a new, empty folder for its profile, and removes it.
    browser = await chromium.launch({
      ...(executablePath === undefined ? {} : { executablePath }),
      args: flags.split(' '),
    });
    const context = await browser.newContext({
      offline: true,
      viewport: { width: 900, height: 700 },
      javaScriptEnabled: false,
    });
    page = await context.newPage();
  });
  afterAll(async () => {
    await browser.close();
  });

  async function see(html: string, settings: object): Promise<Sight> {
    const { written, refused } = await disclaim(mailOf({ html }), settings);
    expect(refused).toBeNull();
    const parsed = await simpleParser(written, { keepCidLinks: true });
    await page.setContent(typeof parsed.html === 'string' ? parsed.html : '');
    return page.evaluate<Sight>(look);
  }

  test('there are enough shapes, and what is not added is not seen', async () => {
    expect(Object.keys(htmlShapes).length).toBeGreaterThanOrEqual(24);
    expect(await see(`<p>BODY</p><p>${words}</p>`, { text: words })).toEqual({ seen: 1, inText: 1, body: true });
    await page.setContent(`<p>BODY</p><p hidden>${words}</p>`);
    expect(await page.evaluate<Sight>(look)).toMatchObject({ seen: 0, body: true });
  });

  for (const position of ['after', 'before', 'below-newest-reply']) {
    test.each(Object.entries(htmlShapes))(`R19 R20 ${position}: the disclaimer is seen once in %s`, async (_, html) => {
      const sight = await see(html, { text: words, position });
      expect(sight).toEqual({ seen: 1, inText: 1, body: true });
    });
  }
});
