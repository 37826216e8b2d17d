/** More than any line that a program prints, which may contain a file that it has read or written. */
export const maxLineBytes = 4 * 1024 * 1024

/**
 * Splits bytes into lines of text. A line longer than `maxLineBytes` is skipped completely, so that
 * memory stays bounded; `end` passes on a last line without a newline.
 */
export function createLines(onLine: (line: string) => void, limitBytes = maxLineBytes) {
  let parts: Buffer[] = []
  let length = 0

  function take(bytes: Buffer) {
    length += bytes.length
    if (length > limitBytes) parts = []
    else if (bytes.length > 0) parts.push(bytes)
  }
  function finish() {
    if (length > 0 && length <= limitBytes) onLine(Buffer.concat(parts, length).toString('utf8'))
    parts = []
    length = 0
  }

  return {
    push(bytes: Buffer) {
      let from = 0
      for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, from)) {
        take(bytes.subarray(from, at))
        finish()
        from = at + 1
      }
      take(bytes.subarray(from))
    },
    end: finish,
  }
}
