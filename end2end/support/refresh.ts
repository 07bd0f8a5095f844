// The refresh request: its failures, and how often it was sent.

import type { Route } from "@playwright/test";

/** For `route`. */
export const REFRESH = "**/api/token/refresh";

/** How `recordCalls` records a refresh with that outcome. */
export const refreshed = (outcome: number | "failed") => `POST /api/token/refresh ${outcome}`;

/** How many of the recorded calls were refreshes, whatever their outcome. */
export function refreshes(calls: string[]): number {
  return calls.filter((call) => call.startsWith("POST /api/token/refresh ")).length;
}

/** A problem of the API, with the status of its code or another. */
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

/** A page of another server, with this heading. */
export const html =
  (status: number, word: string, headers: Record<string, string> = {}) =>
  (route: Route) =>
    route.fulfill({ status, headers, contentType: "text/html", body: `<!doctype html><title>${word}</title>${word}` });
