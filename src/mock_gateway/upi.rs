//! Test UPI IDs and what each of them does. Stripe publishes none, so these say it in their names.
//!
//! No other ID is accepted, so nobody's real account is ever asked. An ID is stored by its slug.

use super::bank::{Answer, Decline};

#[derive(Debug)]
pub struct UpiId {
    /// Stable name in the database and in the page's form.
    pub slug: &'static str,
    /// The address that a customer types, in lower case.
    pub address: &'static str,
    /// What the hosted page says the ID does.
    pub label: &'static str,
    pub answer: Answer,
}

const fn refused(message: &'static str) -> Decline {
    Decline { code: "payment_method_provider_decline", decline_code: None, message }
}

static UPI_IDS: [UpiId; 4] = [
    UpiId { slug: "upi_success", address: "success@upi", label: "Payment succeeds", answer: Answer::Approves },
    UpiId {
        slug: "upi_failure",
        address: "failure@upi",
        label: "Your UPI app refuses",
        answer: Answer::Declines(refused(
            "Your UPI app refused the payment. Nothing was charged. Please try another UPI ID, or pay by card.",
        )),
    },
    UpiId {
        slug: "upi_pending_success",
        address: "pending.success@upi",
        label: "Pending, then succeeds",
        answer: Answer::Processes(None),
    },
    UpiId {
        slug: "upi_pending_failure",
        address: "pending.failure@upi",
        label: "Pending, then fails",
        answer: Answer::Processes(Some(refused("Your bank did not complete the UPI payment. Nothing was charged."))),
    },
];

impl UpiId {
    pub fn by_slug(slug: &str) -> Option<&'static UpiId> {
        UPI_IDS.iter().find(|id| id.slug == slug)
    }

    /// The test ID with this address; capitals and blanks around it do not matter.
    pub fn by_address(typed: &str) -> Option<&'static UpiId> {
        UPI_IDS.iter().find(|id| id.address.eq_ignore_ascii_case(typed.trim()))
    }

    pub fn all() -> impl Iterator<Item = &'static UpiId> {
        UPI_IDS.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::UpiId;

    #[test]
    fn an_id_is_found_by_its_address_and_no_other_is_taken() {
        assert_eq!(UpiId::by_address(" Success@UPI ").map(|id| id.slug), Some("upi_success"));
        for stranger in ["asha@okaxis", "success@upi.in", "", "success"] {
            assert!(UpiId::by_address(stranger).is_none(), "{stranger}");
        }
    }
}
