import type { Page } from 'playwright-core';

/** A text that is hard to read: what it says, and its contrast. */
export interface FaintText {
  readonly text: string;
  readonly ratio: number;
}

/** The least contrast of text (WCAG 2.2, 1.4.3 AA). Large text is held to it too. */
export const LEAST_CONTRAST = 4.5;

/** Every text of the page whose contrast with what is behind it is too small. */
export function faintTexts(page: Page): Promise<readonly FaintText[]> {
  return page.evaluate((least) => {
    type Colour = readonly [number, number, number, number];
    const read = (css: string): Colour => {
      const [red = 0, green = 0, blue = 0, alpha = 1] = (css.match(/[\d.]+/g) ?? []).map(Number);
      return [red, green, blue, alpha];
    };
    const over = (top: Colour, under: Colour): Colour => {
      const mix = (a: number, b: number) => a * top[3] + b * (1 - top[3]);
      return [mix(top[0], under[0]), mix(top[1], under[1]), mix(top[2], under[2]), 1];
    };
    const behind = (element: Element | null): Colour => {
      if (element === null) return [255, 255, 255, 1];
      const own = read(getComputedStyle(element).backgroundColor);
      return own[3] >= 1 ? own : over(own, behind(element.parentElement));
    };
    const light = ([red, green, blue]: Colour): number => {
      const part = (value: number) => {
        const share = value / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      };
      return 0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue);
    };
    const faint: { text: string; ratio: number }[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const element = node.parentElement;
      const text = node.textContent?.trim() ?? '';
      if (element === null || text === '' || !element.checkVisibility({ opacityProperty: true })) continue;
      if (element.closest('.hidden, :disabled, option') !== null) continue;
      const ground = behind(element);
      const ink = over(read(getComputedStyle(element).color), ground);
      const [darker = 0, brighter = 0] = [light(ground), light(ink)].sort((a, b) => a - b);
      const ratio = (brighter + 0.05) / (darker + 0.05);
      if (ratio < least) faint.push({ text, ratio: Math.round(ratio * 100) / 100 });
    }
    return faint;
  }, LEAST_CONTRAST);
}

/**
 * What sticks out of the window, and by how many pixels. Elements that scroll by themselves may be
 * wider.
 */
export function sticksOut(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const { clientWidth, scrollWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    return [...document.querySelectorAll('body *')]
      .filter((element) => element.getBoundingClientRect().right > clientWidth + 1)
      .map((element) => `${element.tagName}.${element.className} ${element.textContent.slice(0, 40)}`);
  });
}

/** The least room of a text to the border of its panel, and for the name of an issue, in px. */
const LEAST_ROOM = { border: 8, name: 110 };

/** Texts that touch their panel's border, and names of issues that have no room beside a value. */
export function squeezed(page: Page): Promise<readonly string[]> {
  return page.evaluate(({ border, name }) => {
    const touching = [...document.querySelectorAll('.panel > p')].filter(
      (text) => Number.parseFloat(getComputedStyle(text).paddingLeft) < border,
    );
    const narrow = [...document.querySelectorAll('.attention .what')].filter(
      (text) => text.getBoundingClientRect().width < name,
    );
    return [...touching, ...narrow].map((element) => element.textContent.slice(0, 40));
  }, LEAST_ROOM);
}

/** The least side of what a finger can touch, in px (WCAG 2.2, 2.5.5). */
const LEAST_TARGET = 44;

/**
 * What can be touched and is smaller than a finger needs. A box counts with its label; the link
 * that skips to the content is for keyboards.
 */
export function smallTargets(page: Page): Promise<readonly string[]> {
  return page.evaluate(
    (least) =>
      [...document.querySelectorAll('a:not(.skip), button, input, select, textarea, summary')]
        .filter((element) => element.checkVisibility())
        .map((element) => {
          const box = element.matches('[type=checkbox], [type=radio]') ? element.closest('label') : element;
          return { element, box: (box ?? element).getBoundingClientRect() };
        })
        // Half a pixel is lost to rounding.
        .filter(({ box }) => box.width < least - 0.5 || box.height < least - 0.5)
        .map(({ element, box }) => `${element.outerHTML.slice(0, 90)} ${box.width} x ${box.height}`),
    LEAST_TARGET,
  );
}

/** What can be operated and has no name a screen reader could say. */
export function nameless(page: Page): Promise<readonly string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('a, button, input, select, textarea, summary, [role=img]')]
      .filter((element) => element.checkVisibility())
      .filter((element) => {
        const labelled =
          'labels' in element && element.labels instanceof NodeList && element.labels.length > 0;
        const said = element.getAttribute('aria-label') ?? element.textContent;
        return !labelled && said.trim() === '';
      })
      .map((element) => element.outerHTML.slice(0, 120)),
  );
}

/** How much the page has moved by itself since it was opened (cumulative layout shift). */
export function moved(page: Page): Promise<number> {
  return page.evaluate(() => window.watched.moved);
}
