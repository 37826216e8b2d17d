'use client'

import { Button } from './button'

/** The buttons of a form in a dialog. */
export function DialogButtons({
  submit,
  isPending,
  onCancel,
}: {
  submit: string
  isPending: boolean
  onCancel: () => void
}) {
  return (
    <div className="flex justify-end gap-2">
      <Button onClick={onCancel}>Cancel</Button>
      <Button variant="primary" type="submit" disabled={isPending}>
        {submit}
      </Button>
    </div>
  )
}
