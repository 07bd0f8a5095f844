//! A column of a file may contain values of another type.

use super::assert_fails_only_its_own_session;

#[tokio::test]
async fn value_of_a_wrong_type_fails_only_its_own_session() {
    let damage = "UPDATE sessions SET generation = 'x' WHERE user_id = (SELECT id FROM users WHERE username = 'eve')";
    assert_fails_only_its_own_session(damage).await;
}
