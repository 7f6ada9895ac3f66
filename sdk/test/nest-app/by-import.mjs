import 'reflect-metadata'
import * as nest from '@latchkey/sdk/nest'
import * as common from '@nestjs/common'
import * as core from '@nestjs/core'
import app from './app.cjs'

await app({ common, core, nest })
