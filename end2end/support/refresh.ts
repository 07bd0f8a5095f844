// The refresh request: the ways in which it can fail, and how often it was made.

import type { Route } from "@playwright/test";

/** For `route`. */
export const REFRESH = "**/api/token/refresh";

/** How `recordCalls` notes a refresh with that outcome. */
export const refreshed = (outcome: number | "failed") => `POST /api/token/refresh ${outcome}`;

/** How many of the noted calls were refreshes, whatever became of them. */
export function refreshes(calls: string[]): number {
  return calls.filter((call) => call.startsWith("POST /api/token/refresh ")).length;
}

/** A problem of the API, with the status that belongs to its code or with another. */
export const problem =
  (
    status: number,
    code: string,
    { headers = {}, contentType = "application/problem+json", reason = "", requestId = "" } = {},
  ) =>
  (route: Route) =>
    route.fulfill({
      status,
      contentType,
      headers,
      body: JSON.stringify({
        type: "about:blank",
        title: "",
        status,
        detail: "",
        code,
        requestId,
        ...(reason && { reason }),
      }),
    });

/** A page that another server sends, with a heading that names it. */
export const html =
  (status: number, word: string, headers: Record<string, string> = {}) =>
  (route: Route) =>
    route.fulfill({ status, headers, contentType: "text/html", body: `<!doctype html><title>${word}</title>${word}` });
