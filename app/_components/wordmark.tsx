/** The logo and the name. The classes in `compact` hide the name on narrow pages. */
export function Wordmark({ compact = '' }: { compact?: string }) {
  return (
    <>
      <svg aria-hidden viewBox="0 0 20 20" className="size-5 shrink-0 text-accent" fill="none" stroke="currentColor">
        <path d="M5 12.5a5 5 0 0 1 10 0Z" fill="currentColor" stroke="none" />
        <path d="M2.5 15.5h15M10 2.5v2.2M3.3 5.5l1.6 1.6M16.7 5.5l-1.6 1.6" strokeWidth="1.7" strokeLinecap="round" />
      </svg>
      <span className={`font-semibold text-[15px] tracking-[-0.01em] ${compact}`}>Reveille</span>
    </>
  )
}
