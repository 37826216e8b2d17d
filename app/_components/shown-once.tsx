'use client'

import { toast } from 'sonner'
import { Button } from './ui/button'

/** A token or a link that is shown once, to be copied. `what` names it: "Token". */
export function ShownOnce({ what, value, onClose }: { what: string; value: string; onClose: () => void }) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value)
      toast.success(`${what} copied`)
    } catch {
      toast.error(`The browser did not allow copying. Select the ${what.toLowerCase()} by hand.`)
    }
  }
  return (
    <div className="grid gap-4">
      <p>Copy it now. It is not shown again.</p>
      <code className="select-all rounded-md border bg-sunken px-2.5 py-1.5 font-mono text-log [overflow-wrap:anywhere]">
        {value}
      </code>
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Done</Button>
        <Button variant="primary" onClick={() => void copy()}>
          Copy
        </Button>
      </div>
    </div>
  )
}
