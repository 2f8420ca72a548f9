/**
 * The price list in use, for people to judge an estimate by. The library does not tell its date: it is the day on which this
 * version of the package was published. A test holds the version against what is installed.
 */
export const priceList = { source: '@pydantic/genai-prices', version: '0.1.8', as_of: '2026-09-23' } as const;
