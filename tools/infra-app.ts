/** What `cdk` runs (cdk.json): every stack, synthesised offline. */
import { synthesise } from '@offhook/infra/offhook-app.ts'

synthesise()
