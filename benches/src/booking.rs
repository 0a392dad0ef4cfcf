//! The event that typed handlers take.

use serde::{Deserialize, Serialize};

/// A booking, as a calendar service sends one.
#[derive(Debug, Deserialize, Serialize)]
pub struct Booking {
    pub event: String,
    pub uuid: String,
    pub data: Data,
}

#[derive(Debug, Deserialize, Serialize)]
pub struct Data {
    pub scheduled_at: String,
    pub minutes: u32,
    pub attendee: Attendee,
    pub answers: Vec<Answer>,
}

#[derive(Debug, Deserialize, Serialize)]
pub struct Attendee {
    pub name: String,
    pub email: String,
    pub time_zone: String,
}

#[derive(Debug, Deserialize, Serialize)]
pub struct Answer {
    pub question: String,
    pub value: String,
    pub required: bool,
}

impl Booking {
    /// A booking that is written as exactly `bytes` bytes of JSON.
    pub fn of_size(bytes: usize) -> Vec<u8> {
        let mut booking = Self {
            event: "booking.created".into(),
            uuid: "9b2f6a0e-3f0c-4e52-9a53-6a4f5f2f1a77".into(),
            data: Data {
                scheduled_at: "2026-11-25T09:30:00+01:00".into(),
                minutes: 45,
                attendee: Attendee {
                    name: "Åsa Öberg".into(),
                    email: "asa.oberg@example.com".into(),
                    time_zone: "Europe/Stockholm".into(),
                },
                answers: Vec::new(),
            },
        };
        let written = |booking: &Self| serde_json::to_vec(booking).unwrap();
        let answer = |number: usize| Answer {
            question: format!("Question {number}: what would you like to talk about?"),
            value: "The plans for the coming quarter, and who does what.".into(),
            required: number.is_multiple_of(2),
        };
        let mut rest = bytes.checked_sub(written(&booking).len()).expect("too small for a booking");
        for number in 0.. {
            let answer = answer(number);
            // With the comma before it.
            let Some(left) = rest.checked_sub(serde_json::to_vec(&answer).unwrap().len() + 1)
            else {
                break;
            };
            booking.data.answers.push(answer);
            rest = left;
        }
        let rest = bytes - written(&booking).len();
        booking.event.push_str(&"-".repeat(rest));
        let body = written(&booking);
        assert_eq!(body.len(), bytes);
        body
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_booking_has_the_size_that_was_asked_for_and_reads_back() {
        for bytes in [512, 2_048, 65_536, 1 << 20] {
            let body = Booking::of_size(bytes);
            assert_eq!(body.len(), bytes);
            let booking: Booking = serde_json::from_slice(&body).unwrap();
            assert!(booking.event.len() < 300, "{bytes} bytes are mostly padding");
        }
    }
}
