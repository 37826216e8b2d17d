'use client'

import { useEffect, useState } from 'react'

const storageKey = 'reveille.log.wrap'

/** Whether long lines are wrapped; kept by the browser. */
export function useWrap(): [wrap: boolean, setWrap: (wrap: boolean) => void] {
  const [wrap, setWrap] = useState(true)
  useEffect(() => setWrap(read()), [])
  return [
    wrap,
    (next) => {
      setWrap(next)
      try {
        localStorage.setItem(storageKey, next ? 'on' : 'off')
      } catch {
        // Where nothing can be stored, the choice lasts as long as the page.
      }
    },
  ]
}

function read(): boolean {
  try {
    return localStorage.getItem(storageKey) !== 'off'
  } catch {
    return true
  }
}
