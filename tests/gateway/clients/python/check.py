"""Stripe's official Python client, unmodified, against the gateway. Prints one line of JSON for each check."""

import os
import threading
import time

import stripe

from support import (
    PRICE,
    SECRET_KEY,
    URL,
    Merchant,
    check,
    client,
    count_sessions,
    create_session,
    eventually,
    next_call,
    pay,
    refused,
    run_checks,
    same,
    session_params,
    submit_card,
)


@check
def a_session_is_created_and_retrieved_with_what_was_asked_to_be_expanded():
    session = create_session(expires_at=int(time.time()) + 3600)
    same((session.status, session.payment_status, session.amount_total), ("open", "unpaid", PRICE))
    assert session.metadata["payment"] == "7" and session.client_reference_id == "payment-7"
    assert session.payment_intent is None and session.url.startswith(URL)
    pay(session)
    paths = ["line_items", "payment_intent.latest_charge"]
    paid = client().v1.checkout.sessions.retrieve(session.id, {"expand": paths})
    same((paid.status, paid.payment_status, paid.url), ("complete", "paid", None))
    same([line.amount_total for line in paid.line_items.data], [120_000, 3_450])
    intent = paid.payment_intent
    assert isinstance(intent, stripe.PaymentIntent) and intent.amount_received == PRICE
    assert isinstance(intent.latest_charge, stripe.Charge) and intent.latest_charge.paid
    alone = client().v1.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})
    same(alone.latest_charge.payment_method_details.card.last4, "4242")


@check
def the_module_level_style_of_calling_works_too():
    stripe.api_key, stripe.api_base = SECRET_KEY, URL
    session = stripe.checkout.Session.create(**session_params())
    same(stripe.checkout.Session.retrieve(session.id).id, session.id)
    same(stripe.checkout.Session.expire(session.id).status, "expired")


@check
def an_open_session_expires_once():
    session = create_session()
    expired = client().v1.checkout.sessions.expire(session.id)
    same((expired.status, expired.url), ("expired", None))
    error = refused(stripe.InvalidRequestError, lambda: client().v1.checkout.sessions.expire(session.id))
    same(error.http_status, 400)


@check
def lists_are_paged_forwards_and_backwards_and_filtered():
    made = [create_session().id for _ in range(5)]
    newest_first = made[::-1]
    sessions = client().v1.checkout.sessions
    listed = []
    for session in sessions.list({"limit": 2}).auto_paging_iter():
        listed.append(session.id)
        if session.id == made[0]:
            break
    same([id for id in listed if id in made], newest_first)
    page = sessions.list({"limit": 2, "ending_before": made[0]})
    assert [session.id for session in page.data] == [made[2], made[1]] and page.has_more
    backwards = [session.id for session in page.auto_paging_iter()]
    same(backwards[:4], made[1:])
    paid = pay(create_session())
    of_intent = sessions.list({"payment_intent": paid.payment_intent.id})
    same([session.id for session in of_intent.data], [paid.id])
    complete = sessions.list({"status": "complete", "created": {"gte": paid.created}, "limit": 100})
    assert paid.id in [session.id for session in complete.data]
    same(sessions.list({"created": {"gt": int(time.time()) + 60}}).data, [])


@check
def a_payment_is_refunded_in_parts_and_never_beyond():
    intent = pay(create_session()).payment_intent
    refunds = client().v1.refunds
    cause = {"reason": "requested_by_customer", "metadata": {"cause": "cancelled"}}
    part = refunds.create({"payment_intent": intent.id, "amount": 23_450, **cause})
    same((part.amount, part.status, part.metadata["cause"]), (23_450, "succeeded", "cancelled"))
    too_much = {"payment_intent": intent.id, "amount": PRICE}
    error = refused(stripe.InvalidRequestError, lambda: refunds.create(too_much))
    same((error.code, error.param), ("amount_too_large", "amount"))
    rest = refunds.create({"charge": intent.latest_charge})
    same(rest.amount, 100_000)
    error = refused(stripe.InvalidRequestError, lambda: refunds.create({"payment_intent": intent.id}))
    same(error.code, "charge_already_refunded")
    seen = refunds.retrieve(rest.id, {"expand": ["charge", "payment_intent"]})
    assert seen.charge.refunded and seen.charge.amount_refunded == PRICE
    same(seen.payment_intent.id, intent.id)
    paged = refunds.list({"payment_intent": intent.id, "limit": 1}).auto_paging_iter()
    same([refund.id for refund in paged], [rest.id, part.id])


@check
def a_refund_may_pend_and_one_that_succeeded_may_fail_later():
    refunds = client().v1.refunds
    pending = pay(create_session(), "4000000000007726").payment_intent
    failing = pay(create_session(), "4000000000005126").payment_intent
    pending = refunds.create({"payment_intent": pending.id})
    failing = refunds.create({"payment_intent": failing.id})
    same((pending.status, failing.status), ("pending", "succeeded"))
    eventually("the pending one succeeds", lambda: refunds.retrieve(pending.id).status == "succeeded")
    eventually("the other one fails", lambda: refunds.retrieve(failing.id).status == "failed")
    same(refunds.retrieve(failing.id).failure_reason, "expired_or_canceled_card")


@check
def events_tell_what_happened_and_are_found_by_kind_and_time():
    since = int(time.time())
    paid = pay(create_session())
    refund = client().v1.refunds.create({"payment_intent": paid.payment_intent.id})
    events = client().v1.events

    def about(*kinds):
        found = events.list({"types": list(kinds), "created": {"gte": since}, "limit": 2}).auto_paging_iter()
        return [(event.type, event.data.object["id"]) for event in found]

    assert ("checkout.session.completed", paid.id) in about("checkout.session.completed")
    refunded = about("charge.refunded", "refund.created")
    same(refunded[:2], [("charge.refunded", refund.charge), ("refund.created", refund.id)])
    event = events.list({"type": "refund.*", "limit": 1}).data[0]
    assert isinstance(event, stripe.Event) and events.retrieve(event.id) == event
    assert event.api_version and event.request.idempotency_key


@check
def every_error_is_of_its_class():
    sessions, intents = client().v1.checkout.sessions, client().v1.payment_intents
    error = refused(stripe.InvalidRequestError, lambda: sessions.create(session_params(mode="subscription")))
    same((error.http_status, error.param), (400, "mode"))
    error = refused(stripe.InvalidRequestError, lambda: sessions.create(session_params(colour="red")))
    same((error.code, error.param), ("parameter_unknown", "colour"))
    error = refused(stripe.InvalidRequestError, lambda: sessions.create({"mode": "payment"}))
    same((error.code, error.param), ("parameter_missing", "success_url"))
    wrong_key = client("sk_test_of_somebody_else").v1
    same(refused(stripe.AuthenticationError, lambda: wrong_key.events.list()).http_status, 401)
    error = refused(stripe.InvalidRequestError, lambda: sessions.retrieve("cs_test_nope"))
    same((error.http_status, error.code), (404, "resource_missing"))
    error = refused(stripe.InvalidRequestError, lambda: client().raw_request("get", "/v1/nowhere"))
    assert error.http_status == 404 and "Unrecognized request URL" in error.user_message

    unpaid = create_session()
    submit_card(unpaid, "4000000000000002")
    intent = sessions.retrieve(unpaid.id).payment_intent
    broke = {"payment_method": "pm_card_visa_chargeDeclinedInsufficientFunds"}
    error = refused(stripe.CardError, lambda: intents.confirm(intent, broke))
    same((error.http_status, error.code), (402, "card_declined"))
    same(error.error.decline_code, "insufficient_funds")
    same(error.error.payment_intent.status, "requires_payment_method")
    same(intents.confirm(intent, {"payment_method": "pm_card_visa"}).status, "succeeded")


@check
def a_restricted_key_may_read_and_not_write():
    restricted = client(SECRET_KEY.replace("sk_", "rk_")).v1
    same(restricted.events.list().object, "list")
    error = refused(stripe.PermissionError, lambda: restricted.checkout.sessions.create(session_params()))
    same(error.http_status, 403)


@check
def a_key_is_for_one_request():
    sessions = client().v1.checkout.sessions
    key = {"idempotency_key": "python-one-request"}
    first = sessions.create(session_params(), key)
    again = sessions.create(session_params(), key)
    assert again.id == first.id and again.last_response.headers["idempotent-replayed"] == "true"
    other = session_params(client_reference_id="payment-8")
    same(refused(stripe.IdempotencyError, lambda: sessions.create(other, key)).http_status, 400)


@check
def a_key_whose_request_is_running_is_told_so():
    busy = {"idempotency_key": os.environ["BUSY_KEY"]}
    create = client().v1.checkout.sessions.create
    error = refused(stripe.APIError, lambda: create(session_params(), busy))
    same((error.http_status, error.error.code), (409, "idempotency_key_in_use"))


@check
def an_object_that_somebody_else_holds_is_a_rate_limit_error():
    locked = os.environ["LOCKED_SESSION"]
    error = refused(stripe.RateLimitError, lambda: client().v1.checkout.sessions.expire(locked))
    same((error.http_status, error.error.code), (429, "lock_timeout"))


@check
def a_breakdown_of_the_gateway_is_an_api_error_and_stays_one_for_its_key():
    breaking = session_params(client_reference_id=os.environ["BREAKING_REFERENCE"])
    create = client(retries=2).v1.checkout.sessions.create
    key = {"idempotency_key": "python-breakdown"}
    error = refused(stripe.APIError, lambda: create(breaking, key))
    assert error.http_status == 500 and error.headers["idempotent-replayed"] == "true"


@check
def a_gateway_that_is_away_is_a_connection_error():
    away = client(url="http://127.0.0.1:9").v1
    refused(stripe.APIConnectionError, lambda: away.events.list())


@check
def what_went_wrong_on_the_way_is_tried_again_with_the_same_key_and_done_once():
    def create(reference, retries):
        sessions = client(retries=retries).v1.checkout.sessions
        return sessions.create(session_params(client_reference_id=reference), {"idempotency_key": reference})

    next_call("api_error")
    assert create("python-error", 2).id.startswith("cs_")
    next_call("api_html")
    same(refused(stripe.APIError, lambda: create("python-html", 0)).http_status, 502)
    next_call("api_html")
    assert create("python-html", 2).id.startswith("cs_")
    # It was carried out, and the connection cut before the answer.
    next_call("api_silent", delay_ms=10)
    refused(stripe.APIConnectionError, lambda: create("python-silent", 0))
    same(create("python-silent", 0).last_response.headers["idempotent-replayed"], "true")
    next_call("api_silent", delay_ms=10)
    same(create("python-silent-retried", 2).last_response.headers["idempotent-replayed"], "true")
    for reference in ["python-error", "python-html", "python-silent", "python-silent-retried"]:
        same(count_sessions(reference), 1)


@check
def too_many_requests_are_not_tried_again():
    next_call("api_rate_limit")
    error = refused(stripe.RateLimitError, lambda: client(retries=2).v1.events.list())
    same((error.http_status, error.error.code), (429, "rate_limit"))


@check
def a_gateway_that_takes_too_long_is_a_connection_error():
    hasty = stripe.StripeClient(
        SECRET_KEY, base_addresses={"api": URL}, http_client=stripe.RequestsClient(timeout=0.5)
    )
    next_call("api_slow", delay_ms=3000)
    refused(stripe.APIConnectionError, lambda: hasty.v1.events.list())


@check
def fifty_equal_creates_at_once_make_one_session():
    ids, troubles, barrier = [], [], threading.Barrier(50)

    def create():
        barrier.wait()
        try:
            # Those that come while the first is carried out get 409, which the client tries again by itself.
            sessions = client(retries=5).v1.checkout.sessions
            key = {"idempotency_key": "python-fifty"}
            ids.append(sessions.create(session_params(client_reference_id="python-fifty"), key).id)
        except Exception as error:
            troubles.append(error)

    threads = [threading.Thread(target=create) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    same((troubles, len(ids), len(set(ids))), ([], 50, 1))
    same(count_sessions("python-fifty"), 1)


@check
def webhooks_are_delivered_signed_and_again_until_they_are_taken():
    merchant = Merchant(500)
    endpoints = client().v1.webhook_endpoints
    params = {"url": merchant.url, "enabled_events": ["checkout.session.completed"]}
    endpoint = endpoints.create(params)
    assert endpoint.secret.startswith("whsec_") and endpoint.status == "enabled"
    assert endpoint.id in [listed.id for listed in endpoints.list({"limit": 100}).data]
    assert "secret" not in endpoints.retrieve(endpoint.id)
    # Each endpoint has a secret of its own.
    other = Merchant()
    other_endpoint = endpoints.create({"url": other.url, "enabled_events": ["*"]})

    paid = pay(create_session())
    refused_body, first = merchant.next_about(paid.id)
    body, second = merchant.next_about(paid.id)
    assert first != second, "each attempt is signed anew"
    event = stripe.Webhook.construct_event(body, second, endpoint.secret)
    same(event.id, stripe.Webhook.construct_event(refused_body, first, endpoint.secret).id)
    same((event.type, event.data.object.id), ("checkout.session.completed", paid.id))
    other_body, other_signature = other.next_about(paid.id)
    same(stripe.Webhook.construct_event(other_body, other_signature, other_endpoint.secret).id, event.id)

    def bad(body, signature, secret, tolerance=300):
        verify = lambda: stripe.Webhook.construct_event(body, signature, secret, tolerance)
        refused(stripe.SignatureVerificationError, verify)

    bad(body.replace(str(PRICE), "1"), second, endpoint.secret)
    bad(body, second, other_endpoint.secret)
    bad(body, second.replace("v1=", "v0="), endpoint.secret)
    time.sleep(2.1)
    bad(body, second, endpoint.secret, tolerance=1)
    taken = lambda: event.id in [
        listed.id for listed in client().v1.events.list({"delivery_success": True, "limit": 100}).data
    ]
    eventually("the event counts as delivered", taken)


run_checks()
