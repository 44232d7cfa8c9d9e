// What the checks share: the client, a customer who pays, a merchant's server, and how results are told.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';

// The library is installed below target/, not beside this file.
export const Stripe = createRequire(`${process.env.CLIENT_MODULES}/`)('stripe');

export const URL_OF_GATEWAY = process.env.GATEWAY_URL;
export const SECRET_KEY = process.env.GATEWAY_SECRET_KEY;
export const PRICE = 123_450;

const checks = [];

export function check(claim, act) {
  checks.push([claim, act]);
}

/** One line of JSON for each check; what stands behind a failure is in its "error". */
export async function runChecks() {
  for (const [claim, act] of checks) {
    let error = null;
    try {
      await act();
    } catch (caught) {
      error = String(caught?.stack ?? caught);
    }
    console.log(JSON.stringify({ check: claim, error }));
  }
  // Merchants' servers would keep the process alive.
  process.exit(0);
}

export function client({ key = SECRET_KEY, retries = 0, url = URL_OF_GATEWAY, ...more } = {}) {
  const { hostname, port } = new URL(url);
  return new Stripe(key, { host: hostname, port, protocol: 'http', maxNetworkRetries: retries, ...more });
}

export function sessionParams(more = {}) {
  const line = (name, amount, quantity) => ({
    quantity,
    price_data: { currency: 'inr', unit_amount: amount, product_data: { name } },
  });
  return {
    mode: 'payment',
    success_url: 'https://cinema.example/paid?s={CHECKOUT_SESSION_ID}',
    cancel_url: 'https://cinema.example/left',
    client_reference_id: 'payment-7',
    metadata: { payment: '7' },
    line_items: [line('Seats F7, F8, F9', 40_000, 3), line('Fee and GST', 3_450, 1)],
    ...more,
  };
}

export function createSession(more = {}) {
  return client().checkout.sessions.create(sessionParams(more));
}

/** Makes the next calls go wrong, as a switch of the gateway's can. */
export async function nextCall(fault, wish = {}) {
  const answer = await fetch(`${URL_OF_GATEWAY}/api/faults/${fault}`, {
    method: 'PUT',
    headers: { Authorization: `Bearer ${SECRET_KEY}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ next: 1, ...wish }),
  });
  assert.equal(answer.status, 200, await answer.text());
}

export async function countSessions(reference) {
  let count = 0;
  for await (const session of client().checkout.sessions.list({ limit: 100 })) {
    if (session.client_reference_id === reference) count += 1;
  }
  return count;
}

/** Fills the hosted page's form in, as a customer's browser sends it. */
export async function submitCard(session, number) {
  const body = new URLSearchParams({ card: 'typed', number, expiry: '12/34', cvc: '123' });
  const answer = await fetch(session.url, { method: 'POST', body, redirect: 'manual' });
  assert.equal(answer.status, 303);
}

/** Pays, and returns the session as it is then, with its payment intent whole. */
export async function pay(session, number = '4242424242424242') {
  await submitCard(session, number);
  return client().checkout.sessions.retrieve(session.id, { expand: ['payment_intent'] });
}

export async function eventually(what, look, seconds = 20) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(100)) {
    const found = await look();
    if (found) return found;
  }
  assert.fail(`never happened: ${what}`);
}

/** The error that must come, and be of just this type. */
export async function refused(type, act) {
  try {
    await act();
  } catch (error) {
    assert.equal(error.type, type, String(error.stack));
    if (error.headers?.['request-id']) assert.match(error.requestId, /^req_/);
    return error;
  }
  return assert.fail(`nothing was refused, but ${type} was expected`);
}

/** A webhook endpoint: answers what it is told first, then 200, and keeps what it was sent. */
export async function merchant(...answers) {
  const received = [];
  const server = createServer(async (request, response) => {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const body = Buffer.concat(pieces).toString();
    received.push({ body, signature: request.headers['stripe-signature'] });
    response.writeHead(answers.shift() ?? 200).end();
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  /** The next delivery about an object; other checks' events come here too. */
  const nextAbout = (id) =>
    eventually(`a webhook about ${id}`, () => {
      const place = received.findIndex(({ body }) => JSON.parse(body).data.object.id === id);
      return place < 0 ? null : received.splice(place, 1)[0];
    });
  return { url: `http://127.0.0.1:${server.address().port}/hook`, nextAbout };
}
