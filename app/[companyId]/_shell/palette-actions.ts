import { storeTheme } from '@/app/_components/theme'

export type PaletteAction = { label: string; run: () => void }

type ActionContext = {
  companyId: string
  canCreateAgents: boolean
  open: (path: string) => void
  onHelp: () => void
}

/** The actions of the palette whose labels contain `text`, in lower case. */
export function actionsMatching(
  text: string,
  { companyId, canCreateAgents, open, onHelp }: ActionContext,
): PaletteAction[] {
  const actions: PaletteAction[] = [
    ...(canCreateAgents ? [{ label: 'New agent', run: () => open(`/${companyId}/agents/new`) }] : []),
    { label: 'All companies', run: () => open('/') },
    { label: 'Keyboard shortcuts', run: onHelp },
    { label: 'Light theme', run: () => storeTheme('light') },
    { label: 'Dark theme', run: () => storeTheme('dark') },
    { label: 'System theme', run: () => storeTheme('system') },
  ]
  return actions.filter(({ label }) => label.toLowerCase().includes(text))
}
