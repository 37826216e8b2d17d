import { toast } from 'sonner'

/** Says what was done; with `undo`, and a way back for eight seconds. */
export function toastSuccess(sentence: string, undo?: () => void): void {
  if (undo) toast.success(sentence, { action: { label: 'Undo', onClick: undo }, duration: 8_000 })
  else toast.success(sentence)
}
