export function ExampleMark() {
  return <span className="inline-block rounded border border-line-strong px-1.5 text-muted text-small">example</span>
}
