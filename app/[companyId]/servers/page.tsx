import { ServersScreen } from './servers-screen'

export default function ServersPage() {
  return <ServersScreen />
}
