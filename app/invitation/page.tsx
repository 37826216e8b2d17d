import { Entrance, NoEntrance } from '@/app/_account/entrance'
import { InvitationForm } from './invitation-form'

type InvitationPageProps = { searchParams: Promise<{ token?: string | string[] }> }

export default async function InvitationPage({ searchParams }: InvitationPageProps) {
  const { token } = await searchParams
  return (
    <Entrance title="Invitation">
      {typeof token === 'string' && token !== '' ? (
        <InvitationForm token={token} />
      ) : (
        <NoEntrance title="Invitation">
          This link was cut short when it was copied. Open all of it, or ask for a new one.
        </NoEntrance>
      )}
    </Entrance>
  )
}
