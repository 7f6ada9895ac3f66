require('reflect-metadata')
const app = require('./app.cjs')

app({ common: require('@nestjs/common'), core: require('@nestjs/core'), nest: require('@latchkey/sdk/nest') })
