'use client'

import { useEffect } from 'react'
import { replayEarlyInput } from './early-input'

/** Replays early input once the page is hydrated. */
export function EarlyInputReplay() {
  useEffect(replayEarlyInput, [])
  return null
}
