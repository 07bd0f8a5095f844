// A misconfigured proxy that changes the headers of requests.

import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, request, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";

export class Proxy {
  private constructor(
    /** What people type to get to the server. */
    readonly url: string,
    private readonly listener: HttpServer,
  ) {}

  /** Passes requests on to `target()`, with headers that `change` has changed. */
  static async start(target: () => string, change: (headers: IncomingHttpHeaders) => void): Promise<Proxy> {
    const listener = createServer((incoming, answer) => {
      const headers = { ...incoming.headers };
      change(headers);
      const onward = request(target() + incoming.url, { method: incoming.method, headers, setHost: false });
      onward.on("response", (response) => {
        answer.writeHead(response.statusCode ?? 502, response.headers);
        response.pipe(answer);
      });
      onward.on("error", () => answer.destroy());
      incoming.pipe(onward);
    });
    listener.listen(0, "127.0.0.1");
    await once(listener, "listening");
    return new Proxy(`http://127.0.0.1:${(listener.address() as AddressInfo).port}`, listener);
  }

  async close(): Promise<void> {
    const closed = once(this.listener, "close");
    this.listener.close();
    this.listener.closeAllConnections();
    await closed;
  }
}
