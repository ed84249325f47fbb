/** `failed`: the scanner could not be asked, or could not say: the message is neither clean nor infected. */
export type ScanAnswer =
  | { readonly kind: 'clean' }
  /** `name`: what the scanner calls it. */
  | { readonly kind: 'infected'; readonly name: string }
  | { readonly kind: 'failed'; readonly reason: 'timeout' | 'unreachable' | 'too-large' | 'busy' | 'scanner' };

/** Lets the virus scanner of the binding's grant (clamd) look at the message; its octets never enter the sandbox. */
export type Scan = {
  /** The message of the event as it arrived. */
  message(): Promise<ScanAnswer>;
};
