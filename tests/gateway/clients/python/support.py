"""What the checks share: the client, a customer who pays, a merchant's server, and how results are told."""

import json
import os
import threading
import time
import traceback
import unittest
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue

import stripe

URL = os.environ["GATEWAY_URL"]
SECRET_KEY = os.environ["GATEWAY_SECRET_KEY"]
PRICE = 123_450

CHECKS = []
# Says both values when they differ.
same = unittest.TestCase().assertEqual


def check(claim):
    CHECKS.append(claim)
    return claim


def run_checks():
    """One line of JSON for each check; what stands behind a failure is in its "error"."""
    for claim in CHECKS:
        error = None
        try:
            claim()
        except BaseException:
            error = traceback.format_exc()
        print(json.dumps({"check": claim.__name__, "error": error}), flush=True)


def client(key=SECRET_KEY, retries=0, url=URL):
    return stripe.StripeClient(key, base_addresses={"api": url}, max_network_retries=retries)


def session_params(**more):
    def line(name, amount, quantity):
        price = {"currency": "inr", "unit_amount": amount, "product_data": {"name": name}}
        return {"quantity": quantity, "price_data": price}

    return {
        "mode": "payment",
        "success_url": "https://cinema.example/paid?s={CHECKOUT_SESSION_ID}",
        "cancel_url": "https://cinema.example/left",
        "client_reference_id": "payment-7",
        "metadata": {"payment": "7"},
        "line_items": [line("Seats F7, F8, F9", 40_000, 3), line("Fee and GST", 3_450, 1)],
        **more,
    }


def create_session(**more):
    return client().v1.checkout.sessions.create(session_params(**more))


def next_call(fault, times=1, **wish):
    """Makes the next calls go wrong, as a switch of the gateway's can."""
    url, body = f"{URL}/api/faults/{fault}", json.dumps({"next": times, **wish}).encode()
    headers = {"Authorization": f"Bearer {SECRET_KEY}", "Content-Type": "application/json"}
    request = urllib.request.Request(url, body, headers, method="PUT")
    same(urllib.request.urlopen(request, timeout=20).status, 200)


def count_sessions(reference):
    listed = client().v1.checkout.sessions.list({"limit": 100}).auto_paging_iter()
    return [session.client_reference_id for session in listed].count(reference)


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def submit_card(session, number):
    """Fills the hosted page's form in, as a customer's browser sends it."""
    form = {"card": "typed", "number": number, "expiry": "12/34", "cvc": "123"}
    request = urllib.request.Request(session.url, urllib.parse.urlencode(form).encode())
    try:
        urllib.request.build_opener(NoRedirect).open(request, timeout=20)
    except urllib.error.HTTPError as answer:
        assert answer.code == 303, answer.code


def pay(session, number="4242424242424242"):
    """Pays, and returns the session as it is then, with its payment intent whole."""
    submit_card(session, number)
    return client().v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})


def eventually(what, look, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"never happened: {what}")


def refused(kind, act):
    """The error that must come, and be of just this class."""
    try:
        act()
    except stripe.StripeError as error:
        assert type(error) is kind, f"{type(error).__name__} instead of {kind.__name__}: {error}"
        if error.headers:
            assert error.headers["request-id"].startswith("req_")
        return error
    raise AssertionError(f"nothing was refused, but {kind.__name__} was expected")


class Merchant:
    """A webhook endpoint: answers what it is told first, then 200, and keeps what it was sent."""

    def __init__(self, *answers):
        self.received = Queue()
        answers = list(answers)
        merchant = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                merchant.received.put((body, self.headers["Stripe-Signature"]))
                self.send_response(answers.pop(0) if answers else 200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def next(self):
        return self.received.get(timeout=20)

    def next_about(self, object_id):
        """Other checks' events come here too."""
        while True:
            body, signature = self.next()
            if json.loads(body)["data"]["object"]["id"] == object_id:
                return body, signature
