import { ArrowDown } from 'lucide-react'

/** Scrolls to the end and follows new output. */
export function FollowButton({ onClick }: { onClick: () => void }) {
  return (
    <button
      type="button"
      onClick={onClick}
      className="absolute right-5 bottom-4 inline-flex h-8 animate-changed items-center gap-1.5 rounded-full bg-accent-solid px-3.5 font-medium text-on-accent shadow-md hover:bg-accent-hover"
    >
      <ArrowDown aria-hidden className="size-3.5" />
      Follow
    </button>
  )
}
