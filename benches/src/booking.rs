//! The event that typed handlers take.

use serde::{Deserialize, Serialize};

/// A booking, as a calendar service sends one: short texts in objects in a list. With longer texts
/// decoding costs less for each byte, and the MAC weighs more in the comparisons.
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
    pub attendees: Vec<Attendee>,
}

#[derive(Debug, Deserialize, Serialize)]
pub struct Attendee {
    pub id: String,
    pub name: String,
    pub email: String,
    pub time_zone: String,
    pub status: String,
    pub is_host: bool,
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
                attendees: Vec::new(),
            },
        };
        let written = |booking: &Self| serde_json::to_vec(booking).unwrap();
        let attendee = |number: usize| Attendee {
            id: format!("att_{number:06}"),
            name: "Åsa Öberg".into(),
            email: format!("asa.oberg+{number}@example.com"),
            time_zone: "Europe/Stockholm".into(),
            status: "confirmed".into(),
            is_host: number == 0,
        };
        let mut rest = bytes.checked_sub(written(&booking).len()).expect("too small for a booking");
        for number in 0.. {
            let attendee = attendee(number);
            // With the comma before it.
            let Some(left) = rest.checked_sub(serde_json::to_vec(&attendee).unwrap().len() + 1)
            else {
                break;
            };
            booking.data.attendees.push(attendee);
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
