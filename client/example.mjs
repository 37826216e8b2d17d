import { createReveilleClient } from 'reveille/client'

const { REVEILLE_URL = 'http://127.0.0.1:3000', REVEILLE_TOKEN = '' } = process.env
const reveille = createReveilleClient({ url: REVEILLE_URL, token: REVEILLE_TOKEN })

const [agentId = ''] = process.argv.slice(2)
const { outcome, run } = await reveille.wakeup.create.mutate({ agentId, reason: 'a program asked' })
console.error(`The wakeup is ${outcome}.`)

if (run) {
  const runId = run.id
  await new Promise((onComplete, onError) => {
    const onData = ({ data }) => process.stdout.write(data.chunk)
    reveille.run.onLog.subscribe({ runId }, { onData, onComplete, onError })
  })
  const { status, error } = await reveille.run.get.query({ runId })
  console.error(`The run has ${status}.`, error ?? '')
}
reveille.close()
