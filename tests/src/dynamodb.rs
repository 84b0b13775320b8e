use crate::Info;
use crate::client::{Client, send};
use reqwest::Method;
use serde_json::{Value, json};

/// The engine itself, to look at what is really stored. It takes any signature.
pub struct DynamoDb {
    engine: Client,
    tables: [String; 4],
}

impl DynamoDb {
    pub(crate) fn new(info: &Info) -> Self {
        let tables = &info.tables;
        Self {
            engine: Client::new(&info.dynamodb),
            tables: [&tables.core, &tables.live, &tables.rate, &tables.audit].map(Clone::clone),
        }
    }

    /// Every item of every table, in DynamoDB's JSON.
    pub async fn items(&self) -> Vec<Value> {
        let mut items = Vec::new();
        for table in &self.tables {
            items.extend(self.scan(table).await);
        }
        items
    }

    /// Every item of the table of users, identities and apps.
    pub async fn core_items(&self) -> Vec<Value> {
        self.scan(&self.tables[0]).await
    }

    /// What the audit trail says of the user of that number, oldest first.
    pub async fn trail_of(&self, user: &str) -> Vec<Value> {
        let mut entries = self.scan(&self.tables[3]).await;
        entries.retain(|entry| entry["user"]["S"] == user);
        entries.sort_by_key(|entry| entry["sk"]["S"].to_string());
        entries
    }

    /// Makes sessions, codes and links so many seconds older: to them, the clock has moved.
    pub async fn age(&self, seconds: u64) {
        let live = &self.tables[1];
        for mut item in self.scan(live).await {
            for value in item.as_object_mut().expect("an item").values_mut() {
                let moment = value["N"].as_str().and_then(|number| number.parse::<u64>().ok());
                // No count is as large as a time.
                if let Some(moment) = moment.filter(|moment| *moment > 1_000_000_000) {
                    *value = json!({"N": (moment - seconds).to_string()});
                }
            }
            self.call("PutItem", &json!({"TableName": live, "Item": item})).await;
        }
    }

    async fn scan(&self, table: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut request = json!({"TableName": table, "ConsistentRead": true});
        loop {
            let page = self.call("Scan", &request).await;
            items.extend(page["Items"].as_array().expect("the items of a scan").iter().cloned());
            let Some(last) = page.get("LastEvaluatedKey") else { return items };
            request["ExclusiveStartKey"] = last.clone();
        }
    }

    async fn call(&self, operation: &str, input: &Value) -> Value {
        let request = self
            .engine
            .request(Method::POST, "/")
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
            .header("x-amz-date", "20260101T000000Z")
            .header(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, \
                 SignedHeaders=host;x-amz-date, Signature=0",
            )
            .body(input.to_string());
        let answer = send(request).await;
        assert_eq!(answer.status, 200, "{operation} was refused: {answer:?}");
        answer.json()
    }
}
