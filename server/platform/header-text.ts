/**
 * Node decodes headers as Latin-1, while clients send UTF-8 as they do in bodies. A value that is not valid UTF-8 is
 * returned unchanged.
 */
export function headerText<T extends string | string[] | undefined>(value: T): T | string {
  if (typeof value !== 'string' || !/[\x80-\xff]/.test(value)) return value
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(value, 'latin1'))
  } catch {
    return value
  }
}
