/** The version of the SDK; the same as in `sdk/package.json` (a test compares them). */
export const sdkVersion = '0.1.0';
