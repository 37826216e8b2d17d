import { Entrance } from '@/app/_account/entrance'
import { InvitationForm } from './invitation-form'

type InvitationPageProps = { searchParams: Promise<{ token?: string | string[] }> }

export default async function InvitationPage({ searchParams }: InvitationPageProps) {
  const { token } = await searchParams
  return (
    <Entrance title="Invitation">
      <InvitationForm token={typeof token === 'string' ? token : ''} />
    </Entrance>
  )
}
