//! `cargo ops app verify-export`.

use anyhow::{Result, ensure};

use super::lines::{Lines, Numbered};
use super::report::Place;
use super::{Line, Source, Sums};

/// Reads a file to its end, and says what is in it and what of it an import would refuse.
pub(in crate::app) fn verify(source: &Source, json: bool) -> Result<()> {
    let (mut lines, mut sums, mut unfit, mut unreadable) = (Lines::open(source)?, Sums::default(), 0_u64, 0_u64);
    while let Some(Numbered { number, line, .. }) = lines.next_line()? {
        let (place, checked) = match line {
            Err(why) => {
                unreadable += 1;
                Place { number, owner: None }.refuse(&why, json)?;
                continue;
            }
            Ok(Line::Client(client)) => {
                sums.clients += 1;
                (Place::of(number, &client), client.checked().map(drop))
            }
            Ok(Line::User(user)) => {
                sums.users += 1;
                (Place::of(number, &user), user.checked().map(drop))
            }
            Ok(Line::Webhook(webhook)) => {
                sums.webhooks += 1;
                (Place::of(number, &webhook), webhook.checked().map(drop))
            }
            Ok(Line::App { .. } | Line::End(_)) => continue,
        };
        if let Err(why) = checked {
            unfit += 1;
            place.refuse(&why, json)?;
        }
    }
    lines.end(&sums, unreadable)?;
    let refused = unfit + unreadable;
    sums.tell(if refused == 0 { "are in the file, which is whole" } else { "are in the file" }, json)?;
    ensure!(refused == 0, "an import would refuse {refused} lines, for the reasons above");
    Ok(())
}
