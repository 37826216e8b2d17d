/** "3 new": shows the rows that arrived while the list was scrolled. */
export function NewRowsButton({ count, onShow }: { count: number; onShow: () => void }) {
  if (count === 0) return null
  return (
    <div className="pointer-events-none sticky top-2 z-20 flex h-0 justify-center">
      <button
        type="button"
        onClick={onShow}
        className="pointer-events-auto h-7 animate-changed rounded-full bg-accent-solid px-3 font-medium text-on-accent text-small shadow-md hover:bg-accent-hover"
      >
        {count} new
      </button>
    </div>
  )
}
