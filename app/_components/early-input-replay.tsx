'use client'

import { useEffect } from 'react'
import { replayEarlyInput } from './early-input'

/** Runs once, when the page has come alive. */
export function EarlyInputReplay() {
  useEffect(replayEarlyInput, [])
  return null
}
