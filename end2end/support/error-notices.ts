// The notices of a page that does not start, and of one whose app has panicked.

import type { Page } from "@playwright/test";

export const startFailureNotice = (page: Page) =>
  page.getByRole("alert").filter({ hasText: "This page couldn't load" });

export const panicNotice = (page: Page) =>
  page.getByRole("alert").filter({ hasText: "Something went wrong in this page." });
