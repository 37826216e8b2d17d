/** The tail of an id; whole on hover and when copied by hand. */
export function ShortId({ id }: { id: string }) {
  return (
    <span title={id} className="font-mono text-small">
      {shortId(id)}
    </span>
  )
}

export function shortId(id: string): string {
  return id.slice(-6)
}
