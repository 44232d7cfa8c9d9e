// Stripe's official Node client, unmodified, against the gateway. Prints one line of JSON for each check.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  PRICE,
  SECRET_KEY,
  Stripe,
  URL_OF_GATEWAY,
  check,
  client,
  countSessions,
  createSession,
  eventually,
  merchant,
  nextCall,
  pay,
  refused,
  runChecks,
  sessionParams,
  submitCard,
} from './support.mjs';

const now = () => Math.floor(Date.now() / 1000);
const ids = (list) => list.map(({ id }) => id);

async function all(list) {
  const found = [];
  for await (const item of list) found.push(item);
  return found;
}

check('a_session_is_created_and_retrieved_with_what_was_asked_to_be_expanded', async () => {
  const session = await createSession({ expires_at: now() + 3600 });
  assert.deepEqual([session.status, session.payment_status, session.amount_total], ['open', 'unpaid', PRICE]);
  assert.equal(session.metadata.payment, '7');
  assert.equal(session.payment_intent, null);
  assert.ok(session.url.startsWith(URL_OF_GATEWAY));
  await pay(session);
  const expand = ['line_items', 'payment_intent.latest_charge'];
  const paid = await client().checkout.sessions.retrieve(session.id, { expand });
  assert.deepEqual([paid.status, paid.payment_status, paid.url], ['complete', 'paid', null]);
  assert.deepEqual(paid.line_items.data.map((line) => line.amount_total), [120_000, 3_450]);
  assert.equal(paid.payment_intent.amount_received, PRICE);
  assert.ok(paid.payment_intent.latest_charge.paid);
  const alone = await client().paymentIntents.retrieve(paid.payment_intent.id, { expand: ['latest_charge'] });
  assert.equal(alone.latest_charge.payment_method_details.card.last4, '4242');
});

check('an_open_session_expires_once', async () => {
  const session = await createSession();
  const expired = await client().checkout.sessions.expire(session.id);
  assert.deepEqual([expired.status, expired.url], ['expired', null]);
  const again = () => client().checkout.sessions.expire(session.id);
  assert.equal((await refused('StripeInvalidRequestError', again)).statusCode, 400);
});

check('lists_are_paged_forwards_and_backwards_and_filtered', async () => {
  const made = [];
  for (let count = 0; count < 5; count += 1) made.push((await createSession()).id);
  const { sessions } = client().checkout;
  const listed = [];
  for await (const { id } of sessions.list({ limit: 2 })) {
    listed.push(id);
    if (id === made[0]) break;
  }
  assert.deepEqual(listed.filter((id) => made.includes(id)), [...made].reverse());
  const page = await sessions.list({ limit: 2, ending_before: made[0] });
  assert.deepEqual([ids(page.data), page.has_more], [[made[2], made[1]], true]);
  const backwards = await all(sessions.list({ limit: 2, ending_before: made[0] }));
  assert.deepEqual(ids(backwards).slice(0, 4), made.slice(1));
  const paid = await pay(await createSession());
  const ofIntent = await sessions.list({ payment_intent: paid.payment_intent.id });
  assert.deepEqual(ids(ofIntent.data), [paid.id]);
  const complete = await sessions.list({ status: 'complete', created: { gte: paid.created }, limit: 100 });
  assert.ok(ids(complete.data).includes(paid.id));
  assert.deepEqual((await sessions.list({ created: { gt: now() + 60 } })).data, []);
});

check('a_payment_is_refunded_in_parts_and_never_beyond', async () => {
  const intent = (await pay(await createSession())).payment_intent;
  const { refunds } = client();
  const cause = { reason: 'requested_by_customer', metadata: { cause: 'cancelled' } };
  const part = await refunds.create({ payment_intent: intent.id, amount: 23_450, ...cause });
  assert.deepEqual([part.amount, part.status, part.metadata.cause], [23_450, 'succeeded', 'cancelled']);
  const tooMuch = () => refunds.create({ payment_intent: intent.id, amount: PRICE });
  assert.equal((await refused('StripeInvalidRequestError', tooMuch)).code, 'amount_too_large');
  const rest = await refunds.create({ charge: intent.latest_charge });
  assert.equal(rest.amount, 100_000);
  const again = () => refunds.create({ payment_intent: intent.id });
  assert.equal((await refused('StripeInvalidRequestError', again)).code, 'charge_already_refunded');
  const seen = await refunds.retrieve(rest.id, { expand: ['charge', 'payment_intent'] });
  assert.ok(seen.charge.refunded && seen.charge.amount_refunded === PRICE);
  assert.equal(seen.payment_intent.id, intent.id);
  const paged = await all(refunds.list({ payment_intent: intent.id, limit: 1 }));
  assert.deepEqual(ids(paged), [rest.id, part.id]);
});

check('a_refund_may_pend_and_one_that_succeeded_may_fail_later', async () => {
  const { refunds } = client();
  const refundOf = async (number) => {
    const paid = await pay(await createSession(), number);
    return refunds.create({ payment_intent: paid.payment_intent.id });
  };
  const [pending, failing] = [await refundOf('4000000000007726'), await refundOf('4000000000005126')];
  assert.deepEqual([pending.status, failing.status], ['pending', 'succeeded']);
  const becomes = (refund, status) =>
    eventually(`${refund.id} is ${status}`, async () => (await refunds.retrieve(refund.id)).status === status);
  await becomes(pending, 'succeeded');
  await becomes(failing, 'failed');
  assert.equal((await refunds.retrieve(failing.id)).failure_reason, 'expired_or_canceled_card');
});

check('events_tell_what_happened_and_are_found_by_kind_and_time', async () => {
  const since = now();
  const paid = await pay(await createSession());
  const refund = await client().refunds.create({ payment_intent: paid.payment_intent.id });
  const { events } = client();
  const about = async (...types) => {
    const found = await all(events.list({ types, created: { gte: since }, limit: 2 }));
    return found.map((event) => [event.type, event.data.object.id]);
  };
  const [completed] = await about('checkout.session.completed');
  assert.deepEqual(completed, ['checkout.session.completed', paid.id]);
  const refunded = await about('charge.refunded', 'refund.created');
  assert.deepEqual(refunded.slice(0, 2), [
    ['charge.refunded', refund.charge],
    ['refund.created', refund.id],
  ]);
  const [event] = (await events.list({ type: 'refund.*', limit: 1 })).data;
  assert.equal((await events.retrieve(event.id)).data.object.id, event.data.object.id);
  assert.ok(event.api_version && event.request.idempotency_key);
});

check('every_error_is_of_its_class', async () => {
  const { checkout, paymentIntents } = client();
  const { sessions } = checkout;
  const invalid = (act) => refused('StripeInvalidRequestError', act);
  let error = await invalid(() => sessions.create(sessionParams({ mode: 'subscription' })));
  assert.deepEqual([error.statusCode, error.param], [400, 'mode']);
  error = await invalid(() => sessions.create(sessionParams({ colour: 'red' })));
  assert.deepEqual([error.code, error.param], ['parameter_unknown', 'colour']);
  error = await invalid(() => sessions.create({ mode: 'payment' }));
  assert.deepEqual([error.code, error.param], ['parameter_missing', 'success_url']);
  const wrongKey = client({ key: 'sk_test_of_somebody_else' });
  error = await refused('StripeAuthenticationError', () => wrongKey.events.list());
  assert.equal(error.statusCode, 401);
  error = await invalid(() => sessions.retrieve('cs_test_nope'));
  assert.deepEqual([error.statusCode, error.code], [404, 'resource_missing']);
  error = await invalid(() => client().rawRequest('GET', '/v1/nowhere'));
  assert.equal(error.statusCode, 404);
  assert.match(error.message, /Unrecognized request URL/);

  const unpaid = await createSession();
  await submitCard(unpaid, '4000000000000002');
  const intent = (await sessions.retrieve(unpaid.id)).payment_intent;
  const confirm = (payment_method) => paymentIntents.confirm(intent, { payment_method });
  error = await refused('StripeCardError', () => confirm('pm_card_visa_chargeDeclinedInsufficientFunds'));
  assert.deepEqual([error.statusCode, error.code, error.decline_code], [402, 'card_declined', 'insufficient_funds']);
  assert.equal(error.payment_intent.status, 'requires_payment_method');
  assert.equal((await confirm('pm_card_visa')).status, 'succeeded');
});

check('a_restricted_key_may_read_and_not_write', async () => {
  const restricted = client({ key: SECRET_KEY.replace('sk_', 'rk_') });
  assert.equal((await restricted.events.list()).object, 'list');
  const create = () => restricted.checkout.sessions.create(sessionParams());
  const error = await refused('StripePermissionError', create);
  assert.equal(error.statusCode, 403);
});

check('a_key_is_for_one_request', async () => {
  const { sessions } = client().checkout;
  const key = { idempotencyKey: 'node-one-request' };
  const first = await sessions.create(sessionParams(), key);
  const again = await sessions.create(sessionParams(), key);
  assert.equal(again.id, first.id);
  assert.equal(again.lastResponse.headers['idempotent-replayed'], 'true');
  const other = sessionParams({ client_reference_id: 'payment-8' });
  assert.equal((await refused('StripeIdempotencyError', () => sessions.create(other, key))).statusCode, 400);
});

check('a_key_whose_request_is_running_is_told_so', async () => {
  const busy = { idempotencyKey: process.env.BUSY_KEY };
  const error = await refused('StripeAPIError', () => client().checkout.sessions.create(sessionParams(), busy));
  assert.deepEqual([error.statusCode, error.code], [409, 'idempotency_key_in_use']);
});

check('an_object_that_somebody_else_holds_is_a_rate_limit_error', async () => {
  const expire = () => client().checkout.sessions.expire(process.env.LOCKED_SESSION);
  const error = await refused('StripeRateLimitError', expire);
  assert.deepEqual([error.statusCode, error.code], [429, 'lock_timeout']);
});

check('a_breakdown_of_the_gateway_is_an_api_error_and_stays_one_for_its_key', async () => {
  const breaking = sessionParams({ client_reference_id: process.env.BREAKING_REFERENCE });
  const key = { idempotencyKey: 'node-breakdown' };
  const create = () => client({ retries: 2 }).checkout.sessions.create(breaking, key);
  const error = await refused('StripeAPIError', create);
  assert.deepEqual([error.statusCode, error.headers['idempotent-replayed']], [500, 'true']);
});

check('a_gateway_that_is_away_is_a_connection_error', async () => {
  const away = client({ url: 'http://127.0.0.1:9' });
  await refused('StripeConnectionError', () => away.events.list());
});

check('what_went_wrong_on_the_way_is_tried_again_with_the_same_key_and_done_once', async () => {
  const create = (reference, retries) => {
    const params = sessionParams({ client_reference_id: reference });
    return client({ retries }).checkout.sessions.create(params, { idempotencyKey: reference });
  };
  await nextCall('api_error');
  assert.match((await create('node-error', 2)).id, /^cs_/);
  await nextCall('api_html');
  assert.match((await refused('StripeAPIError', () => create('node-html', 0))).message, /Invalid JSON/);
  await nextCall('api_html');
  assert.match((await create('node-html', 2)).id, /^cs_/);
  // It was carried out, and the connection cut before the answer. This client tries once more even with no retries.
  await nextCall('api_silent', { next: 2, delay_ms: 10 });
  await refused('StripeConnectionError', () => create('node-silent', 0));
  const again = await create('node-silent', 0);
  assert.equal(again.lastResponse.headers['idempotent-replayed'], 'true');
  await nextCall('api_silent', { delay_ms: 10 });
  const retried = await create('node-silent-retried', 2);
  assert.equal(retried.lastResponse.headers['idempotent-replayed'], 'true');
  for (const reference of ['node-error', 'node-html', 'node-silent', 'node-silent-retried']) {
    assert.equal(await countSessions(reference), 1, reference);
  }
});

check('too_many_requests_are_not_tried_again', async () => {
  await nextCall('api_rate_limit');
  const error = await refused('StripeRateLimitError', () => client({ retries: 2 }).events.list());
  assert.deepEqual([error.statusCode, error.code], [429, 'rate_limit']);
});

check('a_gateway_that_takes_too_long_is_a_connection_error', async () => {
  await nextCall('api_slow', { delay_ms: 3000 });
  await refused('StripeConnectionError', () => client({ timeout: 500 }).events.list());
});

check('fifty_equal_creates_at_once_make_one_session', async () => {
  // Those that come while the first is carried out get 409, which the client tries again by itself.
  const { sessions } = client({ retries: 5 }).checkout;
  const params = sessionParams({ client_reference_id: 'node-fifty' });
  const create = () => sessions.create(params, { idempotencyKey: 'node-fifty' });
  const made = await Promise.all(Array.from({ length: 50 }, create));
  assert.equal(new Set(ids(made)).size, 1);
  assert.equal(await countSessions('node-fifty'), 1);
});

check('webhooks_are_delivered_signed_and_again_until_they_are_taken', async () => {
  const { webhookEndpoints, events } = client();
  const shop = await merchant(500);
  const endpoint = await webhookEndpoints.create({ url: shop.url, enabled_events: ['checkout.session.completed'] });
  assert.match(endpoint.secret, /^whsec_/);
  assert.ok(ids((await webhookEndpoints.list({ limit: 100 })).data).includes(endpoint.id));
  assert.equal((await webhookEndpoints.retrieve(endpoint.id)).secret, undefined);
  // Each endpoint has a secret of its own.
  const other = await merchant();
  const otherEndpoint = await webhookEndpoints.create({ url: other.url, enabled_events: ['*'] });

  const paid = await pay(await createSession());
  const first = await shop.nextAbout(paid.id);
  const second = await shop.nextAbout(paid.id);
  assert.notEqual(first.signature, second.signature, 'each attempt is signed anew');
  const construct = ({ body, signature }, secret, tolerance) =>
    Stripe.webhooks.constructEvent(body, signature, secret, tolerance);
  const event = construct(second, endpoint.secret);
  assert.deepEqual([event.type, event.data.object.id], ['checkout.session.completed', paid.id]);
  assert.equal(construct(first, endpoint.secret).id, event.id);
  assert.equal(construct(await other.nextAbout(paid.id), otherEndpoint.secret).id, event.id);

  const bad = (delivery, secret, tolerance) =>
    refused('StripeSignatureVerificationError', async () => construct(delivery, secret, tolerance));
  await bad({ ...second, body: second.body.replace(String(PRICE), '1') }, endpoint.secret);
  await bad(second, otherEndpoint.secret);
  await bad({ ...second, signature: second.signature.replace('v1=', 'v0=') }, endpoint.secret);
  await sleep(2100);
  await bad(second, endpoint.secret, 1);
  await eventually('the event counts as delivered', async () =>
    ids((await events.list({ delivery_success: true, limit: 100 })).data).includes(event.id),
  );
});

await runChecks();
