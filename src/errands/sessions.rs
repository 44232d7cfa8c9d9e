//! The gateway's sessions: opened for a payment, and ended before their time.

use super::NotDone;
use crate::db::Database;
use crate::fault;
use crate::ledger::Author;
use crate::payment::Payment;
use crate::payment::gateway::{Gateway, GatewayError, Session};
use crate::sale::settle::settle_session;
use crate::sale::start_payment::{give_up_payment, note_session};

/// Where the customer pays: the session noted before, or one that the gateway opens now. None: the gateway has closed it
/// since, and what it says of it is settled.
///
/// # Errors
/// `Refused` when the gateway will not open one: the payment is closed, and a new one may start.
pub async fn page_of(
    db: &Database,
    gateway: &Gateway,
    payment: &Payment,
    author: Author,
) -> Result<Option<String>, NotDone> {
    if let Some(url) = &payment.session_url {
        return Ok(Some(url.clone()));
    }
    let session = open(db, gateway, payment, &author).await?;
    fault::point("session_opened");
    let Some(url) = session.url.clone() else {
        db.run(move |conn| settle_session(conn, &session, &author)).await?;
        return Ok(None);
    };
    // The session can be found by the payment's id, so that failing to note it here loses nothing.
    let id = payment.id;
    if let Err(error) = db.run(move |conn| note_session(conn, id, &session, &author)).await {
        tracing::warn!(?error, payment = %id, "a session could not be noted");
    }
    Ok(Some(url))
}

/// The payment's session, the same for every call. A refusal closes the payment.
async fn open(db: &Database, gateway: &Gateway, payment: &Payment, author: &Author) -> Result<Session, NotDone> {
    let request = payment.request().map_err(|error| GatewayError::Misconfigured(error.to_string()))?;
    match gateway.create_session(&request).await {
        Err(GatewayError::Refused(why)) => {
            tracing::warn!(why, payment = %payment.id, "the gateway refused to open a session");
            let (id, author) = (payment.id, author.clone());
            db.run(move |conn| give_up_payment(conn, id, &author)).await?;
            Err(GatewayError::Refused(why).into())
        }
        told => Ok(told?),
    }
}

/// Ends the session of a payment that is to bring no money any more, and settles what the gateway says of it. Money that
/// was faster counts.
pub async fn end(db: &Database, gateway: &Gateway, payment: &Payment, author: Author) -> Result<(), NotDone> {
    let id = match &payment.session_id {
        Some(id) => id.clone(),
        // Whether it was ever opened is not known here: asked again with the same key, the gateway tells.
        None => match open(db, gateway, payment, &author).await {
            Err(NotDone::Gateway(GatewayError::Refused(_))) => return Ok(()),
            told => told?.id,
        },
    };
    let session = match gateway.expire_session(&id).await {
        Err(GatewayError::Refused(_)) => gateway.retrieve_session(&id).await?,
        told => told?,
    };
    fault::point("session_ended");
    db.run(move |conn| settle_session(conn, &session, &author)).await?;
    Ok(())
}
