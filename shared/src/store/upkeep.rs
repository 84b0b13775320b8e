//! Settings of tables (time to live, backups) for the operator's doctor. No function reads them.

use aws_sdk_dynamodb::types::{ContinuousBackupsStatus, PointInTimeRecoveryStatus, TimeToLiveStatus};

use super::client::Store;
use super::error::StoreError;
use super::keys::Table;

/// How a table is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upkeep {
    /// What the table is called.
    pub name: String,
    /// The attribute by which items are removed, where that is on.
    pub ttl: Option<String>,
    /// Whether the table cannot be deleted by a slip.
    pub deletion_protection: bool,
    /// Whether every second of the last weeks can be brought back. Unknown where the engine has no such thing.
    pub recovery: Option<bool>,
}

impl Store {
    /// How `table` is kept.
    ///
    /// # Errors
    /// When there is no such table, or it may not be looked at.
    pub async fn upkeep(&self, table: Table) -> Result<Upkeep, StoreError> {
        let name = self.table(table);
        let described = self.db.client().describe_table().table_name(name).send();
        let described = described.await.map_err(|error| StoreError::unavailable("DescribeTable", &error))?;
        let ttl = self.db.client().describe_time_to_live().table_name(name).send();
        let ttl = ttl.await.map_err(|error| StoreError::unavailable("DescribeTimeToLive", &error))?;
        let ttl = ttl.time_to_live_description.filter(|ttl| ttl.time_to_live_status == Some(TimeToLiveStatus::Enabled));
        // The embedded engine does not know the question.
        let backups = self.db.client().describe_continuous_backups().table_name(name).send().await.ok();
        let recovery = backups.and_then(|backups| backups.continuous_backups_description).map(|backups| {
            backups.continuous_backups_status == ContinuousBackupsStatus::Enabled
                && backups.point_in_time_recovery_description.is_some_and(|recovery| {
                    recovery.point_in_time_recovery_status == Some(PointInTimeRecoveryStatus::Enabled)
                })
        });
        Ok(Upkeep {
            name: name.to_owned(),
            ttl: ttl.and_then(|ttl| ttl.attribute_name),
            deletion_protection: described
                .table
                .and_then(|table| table.deletion_protection_enabled)
                .unwrap_or_default(),
            recovery,
        })
    }
}
