'use client'

import { useEffect, useState } from 'react'

/** Short interruptions are not shown. */
const quietMs = 1000

/** Explains why no new output arrives while the server that executes the run cannot be reached. */
export function ServerUnreachableBar({ isGone }: { isGone: boolean }) {
  const [isShown, setShown] = useState(false)
  useEffect(() => {
    if (!isGone) return setShown(false)
    const timer = setTimeout(() => setShown(true), quietMs)
    return () => clearTimeout(timer)
  }, [isGone])
  if (!isShown) return null
  return (
    <p role="status" className="shrink-0 border-b px-4 py-1.5 text-muted text-small sm:px-6">
      The server that executes this run cannot be reached. The stored output is shown; new output appears when the
      server is back.
    </p>
  )
}
