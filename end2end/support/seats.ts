/** What the conferences in the pictures sell. */

export const SEATS = [
  { name: 'Full conference', price: 34_900, quota: 240 },
  { name: 'Workshop: allocators', price: 12_000, quota: 5 },
  { name: 'Student', price: 0, quota: 40 },
];

/** Little enough to be gone. */
export const FEW = [
  { name: 'Full conference', price: 34_900, quota: 6 },
  { name: 'Student', price: 0, quota: 2 },
];
