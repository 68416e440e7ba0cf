import { join } from 'node:path'
import { Duration } from 'aws-cdk-lib'
import { Architecture, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda'
import { NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'

const root = join(import.meta.dirname, '..')

export interface PbxFunctionProps<Environment extends object> {
  /** Folder below `functions/` whose `handler.ts` is deployed. */
  readonly folder: string
  /** Checked against the function's own `env.ts`: a missing variable does not compile. */
  readonly environment: {
    readonly [Name in keyof Environment]: Environment[Name] extends string | undefined ? Environment[Name] : string
  }
  /** @default 10 seconds */
  readonly timeout?: Duration
  /** @default 512 MB: about a third of a core */
  readonly memorySize?: number
  /** @default none: the account's own limit */
  readonly reservedConcurrentExecutions?: number
}

/** A Lambda function of ours: arm64, Node 24, one small bundle, logs kept a month, traced. */
export class PbxFunction<Environment extends object> extends NodejsFunction {
  constructor(scope: Construct, id: string, props: PbxFunctionProps<Environment>) {
    super(scope, id, {
      entry: join(root, 'functions', props.folder, 'handler.ts'),
      projectRoot: root,
      depsLockFilePath: join(root, 'package-lock.json'),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      timeout: props.timeout ?? Duration.seconds(10),
      memorySize: props.memorySize ?? 512,
      tracing: Tracing.ACTIVE,
      environment: Object.fromEntries(
        Object.entries(props.environment).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
      ),
      logGroup: new LogGroup(scope, `${id}Logs`, { retention: RetentionDays.ONE_MONTH }),
      ...(props.reservedConcurrentExecutions === undefined
        ? {}
        : { reservedConcurrentExecutions: props.reservedConcurrentExecutions }),
      bundling: {
        format: OutputFormat.ESM,
        target: 'node24',
        minify: true,
        mainFields: ['module', 'main'],
        // Some dependencies still ask for `require` by name.
        banner: "import{createRequire as __r}from'node:module';const require=__r(import.meta.url);",
        externalModules: ['@aws-sdk/*', '@smithy/*'],
      },
    })
  }
}
