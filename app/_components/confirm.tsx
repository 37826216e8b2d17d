'use client'

import { Button } from './ui/button'
import { Dialog } from './ui/dialog'

type ConfirmProps = {
  open: boolean
  onOpenChange: (open: boolean) => void
  title: string
  /** What happens, and what stays. */
  description: string
  /** What leaving things as they are is called. */
  keep: string
  confirm: string
  isPending: boolean
  error?: string | null
  onConfirm: () => void
}

/** Asks before something that can not be taken back, or that stops work. */
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
