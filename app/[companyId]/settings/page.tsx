import { SettingsScreen } from './settings-screen'

export default async function SettingsPage({ params }: { params: Promise<{ companyId: string }> }) {
  const { companyId } = await params
  return <SettingsScreen companyId={companyId} />
}
