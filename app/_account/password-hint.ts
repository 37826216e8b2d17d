export const passwordHint = 'At least 10 characters. Several words are stronger than a few symbols.'
