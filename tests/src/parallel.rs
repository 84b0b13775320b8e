use std::future::Future;
use tokio::task::JoinSet;

/// Runs all requests at the same time and returns their answers in the order of the requests.
pub async fn at_once<T, Request>(requests: impl IntoIterator<Item = Request>) -> Vec<T>
where
    T: Send + 'static,
    Request: Future<Output = T> + Send + 'static,
{
    let mut running = JoinSet::new();
    for (index, request) in requests.into_iter().enumerate() {
        running.spawn(async move { (index, request.await) });
    }
    let mut answers = running.join_all().await;
    answers.sort_by_key(|(index, _)| *index);
    answers.into_iter().map(|(_, answer)| answer).collect()
}
