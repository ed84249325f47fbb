/** `{ secret: 'api-token', prefix: 'Bearer ' }`: the core puts the value of a granted secret in; the sink never has it. */
export type SecretReference = { readonly secret: string; readonly prefix?: string };

/** `'message'`: the octets of the message the event carries, sent by the core and never through the sandbox. */
export type HttpBody = 'message' | { readonly text: string } | { readonly json: unknown } | { readonly base64: string };

export type HttpMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export type HttpOptions = {
  /** At most 32. What the connection is made of (Host, Connection, Content-Length, Cookie …) is refused. */
  readonly headers?: Readonly<Record<string, string | SecretReference>>;
  /** Content-Type follows from it where the headers do not say. */
  readonly body?: HttpBody;
  /** How the body of the response comes: decoded as UTF-8, which is the default, or its octets in base64. */
  readonly as?: 'text' | 'base64';
  /** Milliseconds for everything; at most, and by default, what the binding grants. */
  readonly timeout?: number;
};

/**
 * `timeout`: nothing came in time · `unreachable`: no connection, or it broke · `tls`: the certificate is not good ·
 * `forbidden-address`: the name leads to a private address, which the grant does not allow · `too-large`: the response,
 * or what is to be sent · `encoded`: the response came compressed though nobody asked for it
 */
export type HttpFailure = 'timeout' | 'unreachable' | 'tls' | 'forbidden-address' | 'too-large' | 'encoded' | 'busy';

export type HttpAnswer =
  | {
      readonly kind: 'response';
      readonly status: number;
      /** Names in lower case; several of one name joined with `, `. */
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  | { readonly kind: 'failed'; readonly reason: HttpFailure };

/**
 * Asks the hosts the binding grants, and no others. Redirects are not followed: they are answers with a `location`.
 * A request may reach its server more than once when the event runs again.
 */
export type Http = {
  get(url: string, options?: Omit<HttpOptions, 'body'>): Promise<HttpAnswer>;
  post(url: string, options?: HttpOptions): Promise<HttpAnswer>;
  request(url: string, options: HttpOptions & { readonly method: HttpMethod }): Promise<HttpAnswer>;
};
