/** A value as indented JSON; text as it is. */
export function Json({ label, value }: { label: string; value: unknown }) {
  return (
    <section
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it is scrolled by keyboard
      tabIndex={0}
      className="mt-1 max-h-52 overflow-auto whitespace-pre-wrap rounded border border-line bg-sunken p-2 font-mono text-small [overflow-wrap:anywhere]"
    >
      {typeof value === 'string' ? value : JSON.stringify(value, null, 2)}
    </section>
  )
}
