import { toast } from 'sonner'

/** Confirms what was done, with an Undo button for eight seconds if `undo` is given. */
export function toastSuccess(message: string, undo?: () => void): void {
  if (undo) toast.success(message, { action: { label: 'Undo', onClick: undo }, duration: 8_000 })
  else toast.success(message)
}
