import { App, Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks } from 'cdk-nag'
import { ApiStack } from './api-stack.ts'
import { CallsStack } from './calls-stack.ts'
import { DataStack } from './data-stack.ts'

/** Context that can be given with `-c name=value`; docs/architecture.md lists it. */
export interface OffhookContext {
  /** Name in front of every stack. @default 'Offhook' */
  readonly name?: string
  /** Voice Connector the edge stands behind. */
  readonly edgeArn?: string
  /** Sender of voicemail notices. */
  readonly mailFrom?: string
  /** OpenID Connect issuer whose tokens the API takes, and the console's client there. */
  readonly issuer?: string
  readonly clientId?: string
}

const edgeArnDefault = 'arn:aws:chime:us-east-1:111122223333:vc/not-yet-made00000000000'

/** All stacks, without account or region: they synthesise offline and deploy where the credentials point. */
export function offhookApp(
  app: App,
  context: OffhookContext = {},
): { readonly data: DataStack; readonly calls: CallsStack; readonly api: ApiStack } {
  const name = context.name ?? 'Offhook'
  const data = new DataStack(app, `${name}Data`, { description: 'Offhook: what must not be lost.' })
  const calls = new CallsStack(app, `${name}Calls`, {
    data,
    edgeArn: context.edgeArn ?? edgeArnDefault,
    mailFrom: context.mailFrom ?? 'voicemail@example.com',
    description: 'Offhook: what decides calls.',
  })
  const api = new ApiStack(app, `${name}Api`, {
    data,
    issuer: context.issuer ?? 'https://identity.example.com',
    clientId: context.clientId ?? 'console',
    description: 'Offhook: the admin API.',
  })
  return { data, calls, api }
}

/** The app `cdk` runs: context from the command line, policy checks on. */
export function synthesise(): void {
  const app = new App()
  const text = (name: string): string | undefined => app.node.tryGetContext(name) as string | undefined
  const [name, edgeArn, mailFrom, issuer, clientId] = ['name', 'edgeArn', 'mailFrom', 'issuer', 'clientId'].map(text)
  offhookApp(app, {
    ...(name === undefined ? {} : { name }),
    ...(edgeArn === undefined ? {} : { edgeArn }),
    ...(mailFrom === undefined ? {} : { mailFrom }),
    ...(issuer === undefined ? {} : { issuer }),
    ...(clientId === undefined ? {} : { clientId }),
  })
  if (app.node.tryGetContext('nag') === 'true') Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
  app.synth()
}
