import type { Page } from 'playwright-core';

/** Opens an address of a target; signs in as a person of the demo on the way. */
export async function browseAs(page: Page, person: string, address: string): Promise<void> {
  await page.goto(address);
  await page.getByRole('button', { name: new RegExp(person) }).click();
  await page.waitForURL(address);
}
