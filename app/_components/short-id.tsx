/** The last six characters of an id. The title has all of it. */
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
