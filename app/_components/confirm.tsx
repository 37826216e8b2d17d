'use client'

import { Button } from './ui/button'
import { Dialog } from './ui/dialog'

type ConfirmProps = {
  open: boolean
  onOpenChange: (open: boolean) => void
  title: string
  /** What the action changes, and what it keeps. */
  description: string
  /** The label of the button that changes nothing. */
  keep: string
  confirm: string
  isPending: boolean
  error?: string | null
  onConfirm: () => void
}

/** Asks for confirmation of an action that cannot be undone or that stops work. */
export function Confirm({ keep, confirm, isPending, error, onConfirm, ...dialog }: ConfirmProps) {
  return (
    <Dialog {...dialog}>
      {error && (
        <p role="alert" className="border-failed border-l-2 pl-3 [overflow-wrap:anywhere]">
          {error}
        </p>
      )}
      <div className="flex justify-end gap-2">
        <Button onClick={() => dialog.onOpenChange(false)}>{keep}</Button>
        <Button
          variant="primary"
          className="bg-failed text-canvas hover:bg-failed"
          disabled={isPending}
          onClick={onConfirm}
        >
          {confirm}
        </Button>
      </div>
    </Dialog>
  )
}
