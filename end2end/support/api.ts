// The API as another client uses it: to prepare a test, and to act as another device.

export interface Tokens {
  token: string;
  refreshToken: string;
}

/** A parsed answer; `body` is undefined if there is none. */
export interface Answer {
  status: number;
  body: unknown;
}

export class Api {
  constructor(private readonly url: string) {}

  register(username: string, password: string, displayName?: string): Promise<Answer> {
    return this.post("/api/auth/register", { username, password, displayName });
  }

  login(username: string, password: string): Promise<Answer> {
    return this.post("/api/auth/login", { username, password });
  }

  refresh(refreshToken: string): Promise<Answer> {
    return this.post("/api/token/refresh", { refreshToken });
  }

  revoke(refreshToken: string): Promise<Answer> {
    return this.post("/api/token/revoke", { refreshToken });
  }

  customers(accessToken: string): Promise<Answer> {
    return this.get("/api/customers", accessToken);
  }

  sessions(accessToken: string): Promise<Answer> {
    return this.get("/api/sessions", accessToken);
  }

  /** Ends a session of the same user, as from another device; its id is the `sid` of its access tokens. */
  revokeSession(accessToken: string, id: string): Promise<Answer> {
    return this.post("/api/sessions/revoke", { id }, accessToken);
  }

  /** Ends all sessions of the user but the one that the access token belongs to, which gets new tokens. */
  changePassword(accessToken: string, currentPassword: string, newPassword: string): Promise<Answer> {
    return this.post("/api/account/password", { currentPassword, newPassword }, accessToken);
  }

  private async get(path: string, accessToken: string): Promise<Answer> {
    return answer(await fetch(this.url + path, { headers: { Authorization: `Bearer ${accessToken}` } }));
  }

  private async post(path: string, body: object, accessToken?: string): Promise<Answer> {
    const headers = {
      "Content-Type": "application/json",
      ...(accessToken && { Authorization: `Bearer ${accessToken}` }),
    };
    return answer(await fetch(this.url + path, { method: "POST", headers, body: JSON.stringify(body) }));
  }
}

async function answer(response: Response): Promise<Answer> {
  const text = await response.text();
  return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
}
