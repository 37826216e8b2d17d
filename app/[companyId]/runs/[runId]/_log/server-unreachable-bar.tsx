'use client'

import { useEffect, useState } from 'react'

/** A stream that is found again at once is not worth a word. */
const quietMs = 1000

/** Says why nothing new comes, while the server that runs the run can not be reached. */
export function ServerUnreachableBar({ isGone }: { isGone: boolean }) {
  const [isTold, setTold] = useState(false)
  useEffect(() => {
    if (!isGone) return setTold(false)
    const timer = setTimeout(() => setTold(true), quietMs)
    return () => clearTimeout(timer)
  }, [isGone])
  if (!isTold) return null
  return (
    <p role="status" className="shrink-0 border-b px-4 py-1.5 text-muted text-small sm:px-6">
      The server that runs this can not be reached. What is stored is shown; the rest follows when it is back.
    </p>
  )
}
