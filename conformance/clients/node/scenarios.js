// Plays the scenarios with kafkajs.
const { Kafka, logLevel, ConfigResourceTypes } = require('kafkajs')

const kafka = new Kafka({ clientId: 'weft-node', brokers: [process.argv[2]], logLevel: logLevel.NOTHING, retry: { retries: 8, initialRetryTime: 100 } })
const admin = kafka.admin()

function want (condition, otherwise) { if (!condition) throw new Error(otherwise) }

async function play (name, scenario) {
  try { await scenario(); console.log('ok ' + name) } catch (e) { console.log(`FAIL ${name}: ${e.message}`); console.log(e.stack) }
}

const create = topic => admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 3, replicationFactor: 1 }] })
const messages = n => Array.from({ length: n }, (_, i) => ({ key: `${i}`, value: `${i}` }))

// KRaft answers before every broker has seen a change, so what it shows is asked for until it is so.
async function retention (expected) {
  const deadline = Date.now() + 10000
  for (;;) {
    const described = await admin.describeConfigs({ includeSynonyms: false, resources: [{ type: ConfigResourceTypes.TOPIC, name: 'node-admin' }] })
    const value = described.resources[0].configEntries.find(e => e.configName === 'retention.ms').configValue
    if (value === expected) return
    want(Date.now() < deadline, `retention.ms is ${value}`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

async function topics () {
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic: 'node-admin', numPartitions: 3, replicationFactor: 1, configEntries: [{ name: 'retention.ms', value: '60000' }] }] })
  await retention('60000')
  await admin.alterConfigs({ resources: [{ type: ConfigResourceTypes.TOPIC, name: 'node-admin', configEntries: [{ name: 'retention.ms', value: '90000' }] }] })
  await retention('90000')
  await admin.deleteTopics({ topics: ['node-admin'] })
}

async function read (groupId, topic, n, more = {}) {
  const consumer = kafka.consumer({ groupId, readUncommitted: false, maxWaitTimeInMs: 200, ...more })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  let got = 0
  let quiet
  await new Promise((resolve, reject) => {
    const end = setTimeout(() => reject(new Error(`read ${got} records, want ${n}`)), 25000)
    consumer.run({
      eachMessage: async () => {
        got++
        if (got >= n) { clearTimeout(quiet); quiet = setTimeout(() => { clearTimeout(end); resolve() }, 800) }
      }
    }).catch(reject)
  })
  await consumer.stop()
  await consumer.disconnect()
  want(got === n, `read ${got} records, want ${n}`)
}

async function idempotent () {
  await create('node-idempotent')
  const producer = kafka.producer({ idempotent: true })
  await producer.connect()
  await producer.send({ topic: 'node-idempotent', acks: -1, messages: messages(500) })
  await producer.disconnect()
  await read('node-count', 'node-idempotent', 500)
}

async function transactions () {
  await create('node-transactions')
  const producer = kafka.producer({ transactionalId: 'node-tx', maxInFlightRequests: 1, idempotent: true })
  await producer.connect()
  for (const end of ['commit', 'abort', 'commit']) {
    const transaction = await producer.transaction()
    await transaction.send({ topic: 'node-transactions', messages: messages(50) })
    await transaction[end]()
  }
  await producer.disconnect()
  await read('node-count-tx', 'node-transactions', 100)
}

async function group () {
  await create('node-classic')
  const producer = kafka.producer()
  await producer.connect()
  await producer.send({ topic: 'node-classic', messages: messages(300) })
  await producer.disconnect()
  await read('node-classic-group', 'node-classic', 300)
  const offsets = await admin.fetchOffsets({ groupId: 'node-classic-group', topics: ['node-classic'] })
  const total = offsets[0].partitions.reduce((sum, p) => sum + Number(p.offset), 0)
  want(total === 300, `committed ${total}, want 300`)
}

async function unknownGroup () {
  const offsets = await admin.fetchOffsets({ groupId: 'nobody', topics: ['node-idempotent'] })
  want(offsets[0].partitions.every(p => p.offset === '-1'), JSON.stringify(offsets))
}

async function byTime () {
  const offsets = await admin.fetchTopicOffsetsByTimestamp('node-idempotent', Date.now() - 3600000)
  want(offsets.find(p => p.partition === 0).offset === '0', JSON.stringify(offsets))
}

async function deleteRecords () {
  await admin.deleteTopicRecords({ topic: 'node-idempotent', partitions: [{ partition: 0, offset: '10' }] })
  const offsets = await admin.fetchTopicOffsets('node-idempotent')
  want(offsets.find(p => p.partition === 0).low === '10', JSON.stringify(offsets))
}

async function main () {
  await admin.connect()
  await play('admin', topics)
  await play('idempotent', idempotent)
  await play('transactions', transactions)
  await play('group-classic', group)
  await play('unknown-group', unknownGroup)
  await play('offsets-by-time', byTime)
  await play('delete-records', deleteRecords)
  await admin.disconnect()
}

main().catch(e => { console.error(e); process.exit(1) })
