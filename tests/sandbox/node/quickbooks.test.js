'use strict'

// node-quickbooks as its users call it. SANDBOX is the sandbox's address, OFFERED what it offers: entities and
// operations. Prints one line per test and exits with 1 when one fails.

const assert = require('node:assert/strict')
const { Readable } = require('node:stream')
const { before, describe, it } = require('node:test')
const QuickBooks = require('node-quickbooks')
const axios = require(require.resolve('axios', { paths: [require.resolve('node-quickbooks')] }))
const { LISTS, READ_ONLY, SINGLES, TRANSACTIONS } = require('./entities')

const sandbox = process.env.SANDBOX
const offered = JSON.parse(process.env.OFFERED)
const known = {}
let credentials, qbo

// The library asks Intuit's own address for the discovery document and has no setting for it.
axios.interceptors.request.use((config) => ({
  ...config,
  url: config.url.replace('https://developer.intuit.com', sandbox),
}))

function client(tokens) {
  return new QuickBooks({
    consumerKey: credentials.client_id,
    consumerSecret: credentials.client_secret,
    token: tokens.access_token,
    tokenSecret: false,
    realmId: credentials.realm_id,
    useSandbox: true,
    debug: false,
    minorversion: null,
    oauthversion: '2.0',
    refreshToken: tokens.refresh_token,
  })
}

function call(name, ...args) {
  assert.equal(typeof qbo[name], 'function', `node-quickbooks has no ${name}`)
  return new Promise((resolve, reject) => {
    qbo[name](...args, (error, value) => (error ? reject(fault(name, error)) : resolve(value)))
  })
}

function fault(name, error) {
  const body = error.response ? error.response.data : error
  const problem = new Error(`${name}: ${Buffer.isBuffer(body) ? body : JSON.stringify(body)}`)
  problem.code = body && body.Fault ? body.Fault.Error[0].code : undefined
  return problem
}

async function find(entity, criteria) {
  const answer = await call(`find${qbo.pluralize(entity)}`, criteria)
  return answer.QueryResponse[entity] || []
}

async function refused(code, ...asked) {
  await assert.rejects(call(...asked), { code })
}

async function account(type) {
  const found = await find('Account', { AccountType: type })
  return found.length ? found[0] : call('createAccount', { Name: `The ${type}`, AccountType: type })
}

async function makeKnown() {
  const accounts = {}
  for (const type of ['Bank', 'Income', 'Expense', 'Other Current Asset']) accounts[type] = (await account(type)).Id
  known.account = (type) => accounts[type]
  known.item = (await find('Item', { limit: 1 }))[0].Id
  known.customer = (await call('createCustomer', { DisplayName: 'Lake House' })).Id
  known.vendor = (await call('createVendor', { DisplayName: 'Valves Inc' })).Id
  known.invoice = (await call('createInvoice', TRANSACTIONS.Invoice.create(known))).Id
  if (offered.includes('Employee')) known.employee = (await call('createEmployee', { DisplayName: 'Ed' })).Id
  if (offered.includes('Bill')) known.bill = (await call('createBill', TRANSACTIONS.Bill.create(known))).Id
}

before(async () => {
  QuickBooks.V3_ENDPOINT_BASE_URL = `${sandbox}/v3/company/`
  credentials = (await axios.get(`${sandbox}/sandbox/credentials`)).data
  qbo = client(credentials)
  await makeKnown()
})

it('every entity of the sandbox that the library knows is called here', () => {
  const called = [LISTS, TRANSACTIONS, SINGLES].flatMap(Object.keys).concat(READ_ONLY)
  const callable = offered.filter((name) => qbo[`find${qbo.pluralize(name)}`])
  assert.deepEqual(callable.filter((name) => !called.includes(name)), [])
})

describe('lists', () => {
  for (const [entity, { label, create, change }] of Object.entries(LISTS)) {
    if (!offered.includes(entity)) continue
    it(`${entity} is created, read, found, changed and made inactive`, async () => {
      const made = await call(`create${entity}`, create(known))
      assert.deepEqual([made.SyncToken, made.Active], ['0', true])
      assert.deepEqual(await call(`get${entity}`, made.Id), made)
      assert.deepEqual(await find(entity, { [label]: made[label] }), [made])
      const changed = await call(`update${entity}`, { Id: made.Id, SyncToken: '0', ...change })
      assert.deepEqual([changed.SyncToken, changed.Active], ['1', true])
      assert.partialDeepStrictEqual(changed, change)
      await refused('5010', `update${entity}`, { Id: made.Id, SyncToken: '0', ...change })
      const gone = await call(`update${entity}`, { Id: made.Id, SyncToken: '1', Active: false })
      assert.equal(gone.Active, false)
      assert.deepEqual(await find(entity, { Id: made.Id }), [])
      assert.deepEqual(await find(entity, { Id: made.Id, Active: [true, false] }), [gone])
    })
  }

  for (const entity of READ_ONLY) {
    if (!offered.includes(entity)) continue
    it(`${entity} is found and read`, async () => {
      for (const each of await find(entity)) {
        if (qbo[`get${entity}`] && each.Id) assert.deepEqual(await call(`get${entity}`, each.Id), each)
      }
    })
  }
})

describe('transactions', () => {
  for (const [entity, { create, voids, note = 'PrivateNote' }] of Object.entries(TRANSACTIONS)) {
    if (!offered.includes(entity)) continue
    it(`${entity} is created, read, found, sent back and deleted`, async () => {
      const made = await call(`create${entity}`, create(known))
      assert.equal(made.SyncToken, '0')
      const read = await call(`get${entity}`, made.Id)
      assert.deepEqual(read, made)
      assert.deepEqual(await find(entity, [{ field: 'Id', value: [made.Id], operator: 'IN' }]), [made])
      const changed = await call(`update${entity}`, { ...read, [note]: 'seen' })
      assert.deepEqual([changed[note], changed.SyncToken, changed.TotalAmt], ['seen', '1', made.TotalAmt])
      if (voids) await isVoided(entity, changed)
      const gone = await call(`delete${entity}`, made.Id)
      assert.deepEqual(gone[entity], { status: 'Deleted', domain: 'QBO', Id: made.Id })
      await refused('610', `get${entity}`, made.Id)
    })
  }

  async function isVoided(entity, { Id, SyncToken }) {
    await call(`void${entity}`, { Id, SyncToken })
    const voided = await call(`get${entity}`, Id)
    assert.deepEqual([voided.TotalAmt, voided.PrivateNote.startsWith('Voided')], [0, true])
  }

  it('an invoice is paid in part, and a payment taken back opens it again', async () => {
    const invoice = await call('createInvoice', TRANSACTIONS.Invoice.create(known))
    const payment = await call('createPayment', TRANSACTIONS.Payment.create({ ...known, invoice: invoice.Id }))
    assert.equal((await call('getInvoice', invoice.Id)).Balance, invoice.TotalAmt - 30)
    await call('voidPayment', { Id: payment.Id, SyncToken: payment.SyncToken })
    assert.equal((await call('getInvoice', invoice.Id)).Balance, invoice.TotalAmt)
  })
})

describe('the company', () => {
  for (const [entity, change] of Object.entries(SINGLES)) {
    it(`${entity} is read, found and changed`, async () => {
      const asked = entity === 'CompanyInfo' ? [credentials.realm_id] : []
      const { Id, SyncToken } = await call(`get${entity}`, ...asked)
      assert.equal((await find(entity))[0].Id, Id)
      const changed = await call(`update${entity}`, { Id, SyncToken, ...change })
      assert.partialDeepStrictEqual(changed, change)
    })
  }
})

describe('queries', () => {
  before(async () => {
    const names = ['Pager A', 'Pager B', 'Pager C', 'Pager D', 'Pager E']
    await call('batch', names.map((name, n) => ({ bId: `${n}`, operation: 'create', Customer: { DisplayName: name } })))
  })

  it('a page, a count, an order and everything at once', async () => {
    const pagers = { field: 'DisplayName', value: 'Pager%', operator: 'LIKE' }
    const page = [pagers, { field: 'limit', value: 2 }, { field: 'offset', value: 2 }, { desc: 'DisplayName' }]
    assert.deepEqual((await find('Customer', page)).map((each) => each.DisplayName), ['Pager D', 'Pager C'])
    const counted = await call('findCustomers', [pagers, { count: true }])
    assert.deepEqual(counted.QueryResponse, { totalCount: 5 })
    const all = [pagers, { field: 'limit', value: 2 }, { field: 'fetchAll', value: true }]
    assert.equal((await find('Customer', all)).length, 5)
  })

  it('nothing found is an empty answer, a bad statement is refused', async () => {
    const answer = await call('findCustomers', { DisplayName: 'Nobody' })
    assert.deepEqual(answer.QueryResponse, {})
    await refused('4001', 'findCustomers', { Ghost: '1' })
    await refused('4000', 'findCustomers', 'where where')
  })
})

describe('many at once', () => {
  it('a batch creates, changes, asks and deletes, each item by itself', async () => {
    const { Id, SyncToken } = await call('createInvoice', TRANSACTIONS.Invoice.create(known))
    const { BatchItemResponse: items } = await call('batch', [
      { bId: '1', operation: 'create', Customer: { DisplayName: 'Batch A' } },
      { bId: '2', operation: 'create', Customer: { DisplayName: 'Lake House' } },
      { bId: '3', operation: 'update', Invoice: { Id, SyncToken, sparse: true, PrivateNote: 'b' } },
      { bId: '4', Query: 'select * from Term' },
      { bId: '5', operation: 'delete', Invoice: { Id, SyncToken: '1' } },
    ])
    const by = Object.fromEntries(items.map((item) => [item.bId, item]))
    assert.equal(by[1].Customer.DisplayName, 'Batch A')
    assert.equal(by[2].Fault.Error[0].code, '6240')
    assert.equal(by[3].Invoice.PrivateNote, 'b')
    assert.ok(by[4].QueryResponse.Term.length)
    assert.equal(by[5].Invoice.status, 'Deleted')
  })

  it('a batch item that names no operation is a create', async () => {
    const { BatchItemResponse: items } = await call('batch', [{ Vendor: { DisplayName: 'Batch V' } }])
    assert.equal(items[0].Vendor.DisplayName, 'Batch V')
  })

  it('changes since a moment come with stubs of what was deleted', async () => {
    const { Id, MetaData } = await call('createInvoice', TRANSACTIONS.Invoice.create(known))
    await call('deleteInvoice', Id)
    const since = new Date(MetaData.CreateTime)
    const changes = await call('changeDataCapture', ['Customer', 'Invoice'], since)
    const [customers, invoices] = changes.CDCResponse[0].QueryResponse
    assert.ok(customers.Customer === undefined || customers.Customer.length)
    assert.equal(invoices.Invoice.find((each) => each.Id === Id).status, 'Deleted')
  })

  it('the same request id brings the same answer', async () => {
    const asked = () => ({ DisplayName: 'Once', requestId: 'once:1' })
    const first = await call('createCustomer', asked())
    assert.deepEqual(await call('createCustomer', asked()), first)
  })
})

describe('paper', () => {
  if (offered.includes('send')) {
    it('an invoice is sent by mail', async () => {
      const sent = await call('sendInvoicePdf', known.invoice, 'mary@example.com')
      assert.deepEqual([sent.EmailStatus, sent.BillEmail.Address], ['EmailSent', 'mary@example.com'])
    })
  }
  if (offered.includes('pdf')) {
    it('an invoice is printed', async () => {
      assert.equal((await call('getInvoicePdf', known.invoice)).subarray(0, 5).toString(), '%PDF-')
    })
  }
  if (offered.includes('upload')) {
    it('a file is uploaded and tied to an invoice', async () => {
      const file = Readable.from(['read 17 psi'])
      const kept = await call('upload', 'meter.txt', 'text/plain', file, 'Invoice', known.invoice)
      assert.deepEqual(kept.AttachableRef[0].EntityRef, { type: 'Invoice', value: known.invoice })
    })
  }
  if (offered.includes('exchangerate')) {
    it('a rate of exchange is read, and set only where several currencies are kept', async () => {
      const asked = { sourcecurrencycode: 'EUR', asofdate: '2026-11-01' }
      assert.equal((await call('getExchangeRate', asked)).ExchangeRate.SourceCurrencyCode, 'EUR')
      await refused('6000', 'updateExchangeRate', { SourceCurrencyCode: 'EUR', Rate: 1.12, AsOfDate: '2026-11-01' })
    })
  }
  if (offered.includes('taxservice')) {
    it('a tax code is made by the tax service', async () => {
      const agency = await call('createTaxAgency', { DisplayName: 'Nevada' })
      const rate = { TaxRateName: 'Reno', RateValue: '8.265', TaxAgencyId: agency.Id, TaxApplicableOn: 'Sales' }
      const made = await call('createTaxService', { TaxCode: 'Reno tax', TaxRateDetails: [rate] })
      assert.equal((await call('getTaxCode', made.TaxCodeId)).Name, 'Reno tax')
    })
  }
})

describe('the connection', () => {
  it('is found by discovery, refreshed, and ended', async () => {
    QuickBooks.setOauthVersion('2.0', true)
    while (!QuickBooks.TOKEN_URL.startsWith(sandbox)) await new Promise(setImmediate)
    const before = qbo.token
    await call('refreshAccessToken')
    assert.notEqual(qbo.token, before)
    assert.ok((await find('Term')).length)
    const { realmId, token } = qbo
    await call('revokeAccess', true)
    assert.deepEqual([qbo.token, qbo.refreshToken, qbo.realmId], [null, null, null])
    Object.assign(qbo, { realmId, token })
    await assert.rejects(find('Term'), /AuthenticationFailed/)
  })
})
