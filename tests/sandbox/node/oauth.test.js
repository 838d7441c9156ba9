'use strict'

// intuit-oauth as its users connect an app with it. SANDBOX is the sandbox's address.

const assert = require('node:assert/strict')
const { before, it } = require('node:test')
const OAuthClient = require('intuit-oauth')

const sandbox = process.env.SANDBOX
const redirectUri = 'http://127.0.0.1:9999/callback'
const everything = ['Accounting', 'OpenId', 'Profile', 'Email', 'Phone', 'Address'].map((name) => OAuthClient.scopes[name])
let credentials, app

async function ask(path, body) {
  const answer = await fetch(`${sandbox}${path}`, body && { method: 'POST', body: JSON.stringify(body) })
  return answer.json()
}

before(async () => {
  // Id tokens are checked by the machine's own clock.
  await ask('/sandbox/clock', { set: new Date().toISOString().replace('Z', '+00:00') })
  credentials = await ask('/sandbox/credentials')
  const found = await ask('/discovery')
  app = new OAuthClient({
    clientId: credentials.client_id,
    clientSecret: credentials.client_secret,
    environment: 'sandbox',
    redirectUri,
    includeRefreshTokenHardExpiresIn: true,
  })
  app.setAuthorizeURLs({
    authorizeEndpoint: found.authorization_endpoint,
    tokenEndpoint: found.token_endpoint,
    revokeEndpoint: found.revocation_endpoint,
    userInfoEndpoint: found.userinfo_endpoint,
  })
  OAuthClient.jwks_uri = found.jwks_uri
  OAuthClient.environment.sandbox = `${sandbox}/`
})

// What a person does at the consent page: the address the browser is sent back to.
async function consent() {
  const page = new URL(app.authorizeUri({ scope: everything, state: 'a state' }))
  const body = new URLSearchParams(page.search)
  body.set('realm', credentials.realm_id)
  body.set('decision', 'connect')
  const answer = await fetch(`${page.origin}${page.pathname}`, { method: 'POST', body, redirect: 'manual' })
  return answer.headers.get('location')
}

it('an app connects, asks who and what, refreshes and disconnects', async () => {
  const answer = await app.createToken(await consent())
  assert.equal(answer.status(), 200)
  const { realmId, state, expires_in: seconds } = app.getToken()
  assert.deepEqual([realmId, state, seconds], [credentials.realm_id, 'a state', 3600])
  assert.ok(app.isAccessTokenValid())
  assert.ok(await app.validateIdToken())
  assert.equal((await app.getUserInfo()).json.emailVerified, true)

  const url = `v3/company/${realmId}/companyinfo/${realmId}`
  const first = app.getToken().access_token
  const company = await app.makeApiCall({ url })
  assert.equal(company.json.CompanyInfo.CompanyName, 'Empty Backflow')
  assert.ok(company.headers.intuit_tid)

  await app.refresh()
  assert.notEqual(app.getToken().access_token, first)
  assert.equal((await app.makeApiCall({ url })).status, 200)

  const body = JSON.stringify({ DisplayName: 'a:b' })
  const refused = app.makeApiCall({ url: `v3/company/${realmId}/customer`, method: 'POST', body })
  await assert.rejects(refused, (error) => error.fault.type === 'ValidationFault' && error.fault.errors[0].code === '2040')

  const gone = app.getToken().refresh_token
  await app.revoke({ token: gone })
  await assert.rejects(app.refreshUsingToken(gone), /invalid_grant|Incorrect or invalid refresh token/)
})

it('a token nobody issued is refused', async () => {
  await assert.rejects(app.refreshUsingToken('AB11unknown'), /invalid_grant|Incorrect or invalid refresh token/)
})
